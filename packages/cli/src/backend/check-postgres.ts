import type { WorkerInfo } from "@automatosx/backend-postgres";
import {
  isOwned,
  isQuarantined,
  RunReader,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { agentSteps } from "../agent-steps.js";
import type { Finding } from "../commands/doctor/Finding.js";
import { hasNoTables } from "../database.js";
import { asCoded } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { count, duration } from "../render/words.js";
import type { PostgresBackend } from "./backend-url.js";
import { loadPostgres } from "./load-package.js";
import { FILE_AGENTS } from "./require-performers.js";

/** How long a call may wait for the server, in ms: nothing else waits. */
const WAIT_MS = 10_000;

/** How many unfinished runs are examined for agents that no worker serves. */
const MAX_RUNS = 200;

/**
 * Checks a PostgreSQL database, its workers, and whether they can perform its runs. `verify` checks
 * what else there is to check in its storage.
 */
export async function checkPostgres(
  { url, shown }: PostgresBackend,
  verify: (storage: StoragePort) => readonly Finding[] = () => [],
): Promise<Finding[]> {
  const { openPostgresStorage, listWorkers } = await loadPostgres();
  const startedAt = performance.now();
  let storage: StoragePort;
  try {
    storage = await openPostgresStorage({ url, readOnly: true, waitMs: WAIT_MS });
  } catch (error) {
    return hasNoTables(error)
      ? [withoutTables(shown), ...workerFindings([], 0)]
      : [unreachable(shown, error)];
  }
  try {
    const took = Math.round(performance.now() - startedAt);
    const counts = Object.entries(storage.countRuns()).filter(([, n]) => n > 0);
    const workers = await listWorkers(url);
    const runs = storage.listRuns({ status: "running" });
    return [
      { status: "ok", what: "database", detail: `${cleanLine(shown)}, answered in ${took} ms` },
      ...describe(storage),
      {
        status: "ok",
        what: "runs",
        detail: counts.map(([status, n]) => `${n} ${status}`).join(", ") || "none yet",
      },
      ...workerFindings(workers, Date.now()),
      ...waitingFindings(runs, workers),
      ...unservedFindings(storage, runs.slice(0, MAX_RUNS), workers),
      ...verify(storage),
    ];
  } catch (error) {
    return [unreachable(shown, error)];
  } finally {
    storage.close();
  }
}

function withoutTables(shown: string): Finding {
  const detail = `${cleanLine(shown)} has no tables yet; the first run or worker creates them`;
  return { status: "ok", what: "database", detail };
}

/** A backend that does not answer. */
export function unreachable(shown: string, error: unknown): Finding {
  const { code, message, remedy } = asCoded(error);
  return {
    status: "error",
    what: "backend",
    detail: `${cleanLine(shown)}: ${code}: ${cleanLine(message)}`,
    ...(remedy !== undefined && { remedy: { text: remedy } }),
  };
}

/** What the storage says about its server and its tables, if it says anything. */
function describe(storage: StoragePort): Finding[] {
  const facts = (storage as { describe?: () => object }).describe?.() ?? {};
  return Object.entries(facts).map(([what, value]) => ({
    status: "ok",
    what: what.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
    detail: cleanLine(String(value)),
  }));
}

/** Lists the workers that are alive. */
function workerFindings(workers: readonly WorkerInfo[], now: number): Finding[] {
  if (workers.length === 0)
    return [
      {
        status: "missing",
        what: "workers",
        detail: "none is alive",
        remedy: { text: "Start one: axw worker --backend URL --agents FILE" },
      },
    ];
  return workers.map(({ workerId, host, pid, version, agents, runs, seenAt }) => {
    const slots = Object.entries(agents).map(([id, n]) => `${cleanLine(id)}=${n}`);
    const served = slots.length === 0 ? "no agents" : slots.join(", ");
    const decides = runs === 0 ? "decides no runs" : `decides ${count(runs, "run")}`;
    return {
      status: "ok",
      what: `worker ${shortId(workerId)}`,
      detail:
        `process ${pid} on ${cleanLine(host)}, version ${cleanLine(version)}: ${served}; ` +
        `${decides}; seen ${duration(Math.max(0, now - seenAt))} ago`,
    };
  });
}

/** Runs that no worker decides. */
function waitingFindings(runs: readonly StoredRun[], workers: readonly WorkerInfo[]): Finding[] {
  const waiting = runs.filter((run) => !isOwned(run) && !isQuarantined(run));
  const [oldest] = waiting.toSorted((a, b) => a.createdAt - b.createdAt);
  if (oldest === undefined) return [];
  const isServed = workers.some((worker) => worker.runs > 0);
  const age = duration(Math.max(0, Date.now() - oldest.createdAt));
  return [
    {
      status: isServed ? "ok" : "missing",
      what: "queue",
      detail:
        `${count(waiting.length, "run")} waiting for a worker, the oldest started ${age} ago` +
        (isServed ? "" : "; no worker decides runs"),
      ...(!isServed && {
        remedy: { text: "Start a worker without --runs 0." },
      }),
    },
  ];
}

/** Agents of unfinished runs that no worker serves. */
function unservedFindings(
  storage: StoragePort,
  runs: readonly StoredRun[],
  workers: readonly WorkerInfo[],
): Finding[] {
  const served = new Set(workers.flatMap(({ agents }) => Object.keys(agents)));
  if (served.has("*")) return [];
  const missing = new Map<string, Set<string>>();
  for (const { runId } of runs)
    for (const agentId of agentsOf(storage, runId))
      if (!served.has(agentId.id) && !(agentId.isOfFile && served.has(FILE_AGENTS)))
        missing.set(agentId.id, (missing.get(agentId.id) ?? new Set()).add(runId));
  return [...missing].map(([agentId, of]) => ({
    status: "missing",
    what: `agent ${cleanLine(agentId)}`,
    detail: `no worker serves it, and ${count(of.size, "unfinished run")} may need it`,
    remedy: { text: "Start a worker whose agents file defines it." },
  }));
}

interface UsedAgent {
  readonly id: string;
  /** Whether the workflow file defines it. */
  readonly isOfFile: boolean;
}

function agentsOf(storage: StoragePort, runId: string): readonly UsedAgent[] {
  try {
    const { definition } = RunReader.open(storage, runId);
    const ids = new Set(agentSteps(definition).map(({ agentId }) => agentId));
    return [...ids].map((id) => ({ id, isOfFile: Object.hasOwn(definition.agents, id) }));
  } catch {
    // A damaged run is reported by the commands that read it.
    return [];
  }
}
