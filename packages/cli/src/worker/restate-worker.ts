import { type AgentMap, RUN_STEP_ID, runStepAgent } from "@automatosx/workflow";
import { openSqliteStorage, type StoragePort } from "@automatosx/workflow/observe";
import { parseBackend, type RestateBackend } from "../backend/backend-url.js";
import { loadPostgres, loadRestate } from "../backend/load-package.js";
import { absolutePath } from "../database.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { SECRET_PREFIX } from "../take-secrets.js";
import { UsageError } from "../UsageError.js";
import type { Worker } from "./Worker.js";
import type { WorkerLog } from "./WorkerLog.js";
import type { WorkerAgents } from "./worker-agents.js";
import type { WorkerOptions } from "./worker-options.js";

interface Parts {
  readonly found: WorkerAgents;
  readonly slots: Readonly<Record<string, number>>;
  readonly log: WorkerLog;
}

/** Loopback: the requests of a server elsewhere come with `--listen 0.0.0.0:9080`. */
const DEFAULT_LISTEN = "127.0.0.1:9080";

/** Serves the runs and the agents of a Restate server, which calls this worker. */
export async function startRestateWorker(
  io: CliIo,
  options: WorkerOptions,
  remote: RestateBackend,
  { found, slots, log }: Parts,
): Promise<Worker> {
  const { serveRestateWorker } = await loadRestate();
  const { listen = DEFAULT_LISTEN, advertise, register = false } = options;
  if (!/^(\[[\da-f:.]+\]|[\w.-]+):\d{1,5}$/i.test(listen))
    throw new UsageError("--listen must be an address and a port: 0.0.0.0:9080.", {
      next: next("read_help", "wrong_usage", { args: ["worker"] }),
    });
  const sink = options.sink === undefined ? undefined : await openSink(io, options.sink);
  const performers = namedAgents(found.agents, slots);
  // `*` is no name of a service.
  const named = Object.fromEntries(Object.entries(slots).filter(([id]) => id !== "*"));
  const agents =
    options.allowFileAgents === true ? { ...performers, [RUN_STEP_ID]: runStepAgent } : performers;
  const worker = await serveRestateWorker({
    agents: log.reporting(agents),
    listen,
    ...(advertise !== undefined && { advertise }),
    adminUrl: remote.adminUrl,
    ingressUrl: remote.url,
    register,
    ...(options.replace !== undefined && { replaces: options.replace }),
    slots: named,
    secrets: (name) => io.env[SECRET_PREFIX + name],
    ...(io.env["AXW_KEY"] && { sealingKey: io.env["AXW_KEY"] }),
    ...(sink !== undefined && { sink }),
    ...(options.artifacts !== undefined && { artifacts: absolutePath(io, options.artifacts) }),
    onProblem: (problem) => log.problem(problem),
  });
  if (!register)
    log.line(
      "worker_unregistered",
      "not registered: the server calls this worker only if it was registered at this address " +
        "before (--register)",
    );
  return {
    address: worker.url,
    slots: named,
    drain: (ms) => worker.drain(ms),
    stop: () => worker.stop(),
    async [Symbol.asyncDispose]() {
      await worker.stop();
      sink?.close();
    },
  };
}

/** Opens the database in which all workers of a server keep the rows and logs of its runs. */
async function openSink(io: CliIo, url: string): Promise<StoragePort> {
  const sink = parseBackend(url, "--sink");
  if (sink.kind === "sqlite") return openSqliteStorage({ path: absolutePath(io, sink.path) });
  if (sink.kind === "restate")
    throw new UsageError("--sink must be a database: sqlite:PATH or postgres://….", {
      next: next("read_help", "wrong_usage", { args: ["worker"] }),
    });
  const { openPostgresStorage } = await loadPostgres();
  return openPostgresStorage({ url: sink.url, applicationName: "axw worker" });
}

/**
 * Each agent by its own id: a service of Restate has one name. An agent for every id serves those
 * that `--slots` names.
 */
function namedAgents(agents: AgentMap, slots: Parts["slots"]): AgentMap {
  const { "*": any, ...named } = agents;
  if (any === undefined) return named;
  const ids = Object.keys(slots).filter((id) => id !== "*");
  if (ids.length === 0)
    throw new UsageError("With Restate, the agents that a preset performs must be named.", {
      remedy: "Name them with --slots: --slots writer=4,reviewer=2.",
      next: next("read_help", "wrong_usage", { args: ["worker"] }),
    });
  return { ...Object.fromEntries(ids.map((id) => [id, any])), ...named };
}
