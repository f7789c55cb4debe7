import { remoteBackend } from "../backend/chosen-backend.js";
import { placeOfRuns, printedPlace } from "../database.js";
import type { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { count } from "../render/words.js";
import { UsageError } from "../UsageError.js";
import { drainUnderSignals } from "../worker/drain-under-signals.js";
import type { Worker } from "../worker/Worker.js";
import { WorkerLog } from "../worker/WorkerLog.js";
import { type WorkerAgents, workerAgents } from "../worker/worker-agents.js";
import { drainMs, slotsOf, type WorkerOptions } from "../worker/worker-options.js";

/**
 * Performs runs and attempts of a backend until a signal ends it: the first one drains the worker,
 * the second one stops its agents.
 */
export async function worker(io: CliIo, options: WorkerOptions): Promise<ExitCode> {
  const waitMs = drainMs(options);
  refuseContradictions(io, options);
  const found = await workerAgents(io, options);
  const slots = slotsOf(options, Object.keys(found.agents));
  const log = new WorkerLog(io, options);
  await using started = await start(io, options, { found, slots, log });
  announce(io, options, log, { found, worker: started });
  return await drainUnderSignals(io, log, started, waitMs);
}

interface Parts {
  readonly found: WorkerAgents;
  readonly slots: Readonly<Record<string, number>>;
  readonly log: WorkerLog;
}

async function start(io: CliIo, options: WorkerOptions, parts: Parts): Promise<Worker> {
  const remote = remoteBackend(io, options);
  switch (remote?.kind) {
    case "postgres": {
      const { startPostgresWorker } = await import("../worker/postgres-worker.js");
      return startPostgresWorker(io, options, remote, parts);
    }
    case "restate": {
      const { startRestateWorker } = await import("../worker/restate-worker.js");
      return startRestateWorker(io, options, remote, parts);
    }
    case undefined: {
      const { startFileWorker } = await import("../worker/file-worker.js");
      return startFileWorker(io, options, parts);
    }
  }
}

function announce(
  io: CliIo,
  options: WorkerOptions,
  log: WorkerLog,
  { found, worker }: { readonly found: WorkerAgents; readonly worker: Worker },
): void {
  const ids = Object.keys(found.agents);
  const agents = hasSlots(worker) ? slotWords(worker.slots) : ids;
  const source = found.source === undefined ? "" : ` (${found.source})`;
  const served = agents.length === 0 ? "no agents" : `agents ${agents.join(", ")}${source}`;
  const runs = worker.runs === undefined ? "" : `, ${count(worker.runs, "run")} at once`;
  const where = worker.address === undefined ? "" : `, at ${worker.address}`;
  const text = `worker ${process.pid} on ${printedPlace(io, options)}: ${served}${runs}${where}`;
  log.line("worker_started", text, {
    pid: process.pid,
    backend: placeOfRuns(io, options),
    agents: hasSlots(worker) ? worker.slots : ids,
    ...(worker.runs !== undefined && { runs: worker.runs }),
    ...(worker.address !== undefined && { address: worker.address }),
    ...(worker.workerId !== undefined && { workerId: worker.workerId }),
  });
}

// A worker of a file performs as many attempts as its runs start.
function hasSlots({ slots }: Worker): boolean {
  return Object.keys(slots).length > 0;
}

function slotWords(slots: Worker["slots"]): string[] {
  return Object.entries(slots).map(([id, slotCount]) => `${id}=${slotCount}`);
}

/** @throws UsageError `invalid_argument` for a flag that has no effect on this backend */
function refuseContradictions(io: CliIo, options: WorkerOptions): void {
  const kind = remoteBackend(io, options)?.kind ?? "sqlite";
  const { listen, advertise, register, replace, sink, artifacts } = options;
  const [forRestate] = [
    ...(listen === undefined ? [] : ["--listen"]),
    ...(advertise === undefined ? [] : ["--advertise"]),
    ...(register === true ? ["--register"] : []),
    ...(replace === undefined ? [] : ["--replace"]),
    ...(sink === undefined ? [] : ["--sink"]),
    ...(artifacts === undefined ? [] : ["--artifacts"]),
  ];
  if (kind !== "restate" && forRestate !== undefined)
    throw new UsageError(`${forRestate} is for Restate, which calls its workers.`, {
      remedy: "Leave it out: workers of other backends fetch their work.",
    });
  if (kind !== "postgres" && options.maxConcurrent !== undefined)
    throw new UsageError("--max-concurrent is for PostgreSQL, whose queue counts all workers.", {
      remedy: "Leave it out: no other backend can hold a limit over all workers.",
    });
  if (kind === "sqlite" && options.slots !== undefined)
    throw new UsageError("--slots needs a backend that spreads the attempts of a run.", {
      remedy: "Leave it out, and limit the agents of each run with `concurrency` in its file.",
    });
  if (kind === "sqlite" && options.runs === 0)
    throw new UsageError("With --runs 0, a worker of a file has nothing to do.", {
      remedy: "Leave it out, or pass a larger number.",
    });
}
