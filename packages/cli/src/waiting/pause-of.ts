import { latestChildRuns, RunReader, type StoragePort } from "@automatosx/workflow/observe";
import {
  type HeldRun,
  heldByBudget,
  type Pause,
  pauseOf as pauseOfView,
  type RunView,
} from "@automatosx/workflow/run-view";
import { questionsOf } from "./questions-of.js";

/**
 * Returns why a run is paused; undefined if it is not. With the storage, what its child runs wait
 * for is listed too.
 */
export function pauseOf(view: RunView, storage?: StoragePort): Pause | undefined {
  if (view.pausedFor === undefined) return undefined;
  const pause = pauseOfView(view, questionsOf(view, storage));
  if (pause === undefined || storage === undefined) return pause;
  const { reason, questions } = pause;
  if (reason !== "waiting" || questions.length > 0) return pause;
  return { ...pause, heldRun: heldRunOf(storage, view.origin.runId) };
}

function heldRunOf(storage: StoragePort, runId: string): HeldRun | undefined {
  for (const run of latestChildRuns(storage, runId)) {
    if (run.damage !== undefined || run.status !== "paused") continue;
    if (run.pauseReason !== "budget") {
      const inner = heldRunOf(storage, run.runId);
      if (inner !== undefined) return inner;
      continue;
    }
    const budget = RunReader.open(storage, run.runId).catchUp().view.budget();
    if (budget !== undefined) return { runId: run.runId, budget };
  }
  return undefined;
}

/**
 * Returns what must change before a run can continue: what a paused run waits for, or the budget by
 * which a run has failed. Undefined if it can just be resumed.
 */
export function holdOf(view: RunView, storage?: StoragePort): Pause | undefined {
  return heldByBudget(view) ?? pauseOf(view, storage);
}
