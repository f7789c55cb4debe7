import { setTimeout as sleep } from "node:timers/promises";
import { isOwned, type StoragePort, type StoredRun } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { remoteBackend } from "./backend/chosen-backend.js";
import {
  type DbOptions,
  databasePath,
  exists,
  isEmpty,
  openToRead,
  readRunOrNone,
} from "./database.js";
import { ExitCode } from "./exit-codes.js";
import { type CliIo, messages } from "./io.js";
import { storedSteps } from "./next/run-lines.js";
import { shortId } from "./render/short-id.js";
import { namesOf } from "./simulation-note.js";

/** How often to look whether the run is at rest, in ms. */
const POLL_MS = 100;

/**
 * If a run is pausing, waits until its process has finished the running steps and released it, and
 * says so; likewise if a run has failed and its process stops its agents. Returns the run as it is
 * then. Ctrl-C ends this process, because nothing was started.
 */
export async function awaitRest(
  io: CliIo,
  storage: StoragePort,
  run: StoredRun,
  options: { readonly json?: boolean },
): Promise<StoredRun> {
  if (!isComingToRest(run)) return run;
  const out = messages(io, options);
  out.line(waitText(storage, run));
  const stop = (): void => {
    out.line("Stopped waiting: nothing was started.");
    io.exitNow(ExitCode.interrupted);
  };
  const releases = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    io.onSignal(signal, stop),
  );
  try {
    for (;;) {
      const stored = storage.getRun(run.runId) ?? run;
      if (!isComingToRest(stored)) return stored;
      const lost = storage.lost?.("file");
      if (lost !== undefined) throw lost;
      await sleep(POLL_MS);
    }
  } finally {
    for (const release of releases) release();
  }
}

/** Like `awaitRest`, for the run with this id, if the database exists and contains it. */
export async function awaitRestOf(
  io: CliIo,
  runId: string,
  options: DbOptions & { readonly json?: boolean },
): Promise<void> {
  if (remoteBackend(io, options) === undefined) {
    const path = databasePath(io, options);
    if (!exists(io, path) || isEmpty(path)) return;
  } else if ((await readRunOrNone(io, runId, options)) === undefined) return;
  using storage = await openToRead(io, options);
  const run = storage.getRun(runId);
  if (run !== undefined) await awaitRest(io, storage, run, options);
}

function isComingToRest(run: StoredRun): boolean {
  return (run.status === "paused" || run.status === "failed") && isOwned(run);
}

function waitText(storage: StoragePort, { runId, owner, status }: StoredRun): string {
  const { pid = 0, host = "?" } = owner ?? {};
  if (status === "failed")
    return (
      `Run ${shortId(runId)} has failed: process ${pid} on ${cleanLine(host)} stops its agents. ` +
      "Waiting until it has …"
    );
  const running = runningSteps(storage, runId);
  const steps = running.length === 0 ? "its running steps" : namesOf(running);
  return (
    `Run ${shortId(runId)} is pausing: process ${pid} on ${cleanLine(host)} finishes ${steps}. ` +
    "Waiting until it has …"
  );
}

/** The ids of the steps that a run is performing; none if its journal cannot be read. */
export function runningSteps(storage: StoragePort, runId: string): readonly string[] {
  return storedSteps(storage, runId).flatMap(({ id, status }) =>
    status === "running" ? [id] : [],
  );
}
