import { isOwned, isQuarantined, type StoredRun } from "@automatosx/workflow/observe";
import type { RunCondition } from "./actions.js";

/** Returns what can be done with a run now: its status, and whether a process works on it. */
export function conditionOf(run: StoredRun): RunCondition {
  if (run.status === "paused") return isOwned(run) ? "pausing" : "paused";
  if (run.status !== "running") return run.status;
  if (isOwned(run)) return "running";
  return isQuarantined(run) ? "quarantined" : "orphaned";
}
