import { setTimeout as sleep } from "node:timers/promises";
import type { WorkflowErrorCode } from "@automatosx/workflow/errors";
import {
  checkAdoption,
  findRun,
  headOf,
  RunReader,
  type StoragePort,
} from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { DbOptions } from "../database.js";
import { type CliIo, messages } from "../io.js";
import { asCoded } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { UsageError } from "../UsageError.js";
import { announcingSlow } from "./announce-slow.js";
import type { RestateBackend } from "./backend-url.js";
import { remoteBackend } from "./chosen-backend.js";
import { openReplica, openRestate, type Replica } from "./restate-replica.js";

/** How long the agents of the run may take to stop, in ms. */
const PAUSE_MS = 30_000;
const POLL_MS = 100;

/** The codes of errors of a server that cannot be reached. */
const AWAY: ReadonlySet<WorkflowErrorCode> = new Set([
  "database_busy",
  "database_unusable",
  "internal",
]);

/**
 * Makes a Restate server pause a run that is to be continued on this machine, and brings its copy
 * up to date. If the server does not answer, it only says so: the copy is then continued as it is.
 *
 * @throws UsageError `invalid_argument` if the runs are not those of Restate
 */
export async function releaseRun(
  io: CliIo,
  id: string,
  options: DbOptions & { readonly json?: boolean },
): Promise<void> {
  const remote = remoteBackend(io, options);
  if (remote?.kind === "postgres")
    throw new UsageError("--adopt continues a run of Restate, and this backend is PostgreSQL.", {
      remedy: "Leave it out. With --local, this process performs the run.",
    });
  // Without a backend, the user continues a copy whose server is gone.
  if (remote === undefined) return;
  const out = messages(io, options);
  try {
    const runId = await pauseOn(io, id, options, remote);
    if (runId !== undefined)
      out.line(
        `Run ${shortId(runId)} is paused on ${cleanLine(remote.shown)}, and continues here.`,
      );
  } catch (error) {
    const { code, message } = asCoded(error);
    if (!AWAY.has(code)) throw error;
    out.line(
      `${cleanLine(remote.shown)} does not answer: ${cleanLine(message)} ` +
        "The run continues here from its copy.",
    );
  }
}

/** Returns the id of the run if it was running. */
async function pauseOn(
  io: CliIo,
  id: string,
  options: DbOptions,
  remote: RestateBackend,
): Promise<string | undefined> {
  await using client = await openRestate(io, remote);
  using storage = await openReplica(io, options, remote);
  // A child run continues with the run that waits for it.
  const head = headOf(storage, findRun(storage, id));
  checkAdoption(storage, head);
  const { runId } = head;
  try {
    return await announcingSlow(io, remote, "command", pauseThere(client, storage, runId));
  } catch (error) {
    const { code, message } = asCoded(error);
    if (!AWAY.has(code)) throw error;
    // The server is there, and continues the run as soon as it has a worker.
    throw new UsageError(
      `Run ${shortId(runId)} cannot be released by the server: ${cleanLine(message)}`,
      {
        code: "run_owned_elsewhere",
        remedy:
          "Start a worker and try again. If the server and its workers never return, continue " +
          "the copy without naming the backend: name its database with --db.",
      },
    );
  }
}

async function pauseThere(
  client: Awaited<ReturnType<typeof openRestate>>,
  storage: Replica,
  runId: string,
): Promise<string | undefined> {
  // An old copy must not be continued: its run may have continued.
  await storage.refresh(runId);
  const { status } = findRun(storage, runId);
  if (status !== "running") return undefined;
  const outcome = await client.send(runId, { verb: "pause", stopAgents: true });
  if (!outcome.ok && outcome.code !== "event_refused")
    throw new UsageError(outcome.message, outcome);
  await untilAtRest(storage, runId);
  // The runs that it has started are at rest too.
  await storage.refresh(runId);
  return runId;
}

// An attempt that has not stopped yet would be recorded there once more.
async function untilAtRest(storage: StoragePort, runId: string): Promise<void> {
  for (const endAt = Date.now() + PAUSE_MS; !isAtRest(storage, runId); ) {
    if (Date.now() > endAt)
      throw new UsageError(`Run ${shortId(runId)} was not paused on the server in time.`, {
        code: "run_owned_elsewhere",
        remedy: "Try it again when its workers answer.",
      });
    await sleep(POLL_MS);
  }
}

function isAtRest(storage: StoragePort, runId: string): boolean {
  const { view } = RunReader.open(storage, runId).catchUp();
  return view.status !== "running" && view.steps().every(({ status }) => status !== "running");
}
