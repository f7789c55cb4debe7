import { isOwned } from "../storage/owner-state.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";

/** Returns the runs that wait and have something to do at `now`, newest first. */
export function wokenRuns(storage: StoragePort, now: number): readonly StoredRun[] {
  return storage
    .listRuns({ status: "paused" })
    .filter((run) => isWoken(run, now) && !isOwned(run, now));
}

/**
 * Whether a run that no living engine owns waits and has something to do: a question has expired,
 * or was answered.
 */
export function isWoken(run: StoredRun, now: number): boolean {
  const { status, pauseReason, wakeAt = Number.POSITIVE_INFINITY, backend } = run;
  const waits = status === "paused" && pauseReason === "waiting" && backend === undefined;
  return waits && wakeAt <= now && !isOwned(run, now);
}
