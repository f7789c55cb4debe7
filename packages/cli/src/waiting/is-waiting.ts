import type { StoredRun } from "@automatosx/workflow/observe";

/** Whether a run has paused itself, because it waits for an answer, a signal or an outcome. */
export function isWaiting(run: StoredRun | undefined): run is StoredRun {
  return run?.status === "paused" && run.pauseReason === "waiting";
}
