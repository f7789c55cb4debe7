import type { RestateBackend } from "../backend/backend-url.js";
import { loadRestate } from "../backend/load-package.js";
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

const DEFAULT_LISTEN = "0.0.0.0:9080";

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
  const worker = await serveRestateWorker({
    agents: log.reporting(found.agents),
    listen,
    ...(advertise !== undefined && { advertise }),
    adminUrl: remote.adminUrl,
    register,
    slots,
    secrets: (name) => io.env[SECRET_PREFIX + name],
    allowFileAgents: options.allowFileAgents === true,
  });
  return {
    address: worker.url,
    drain: (ms) => worker.drain(ms),
    [Symbol.asyncDispose]: () => worker.stop(),
  };
}
