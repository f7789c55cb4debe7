import { isRecord } from "../checks/check-options.js";
import type { StoragePort } from "../storage/StoragePort.js";

/** How many steps of a run have ended, and how. All others are pending, running or waiting. */
export interface EndedSteps {
  /** Steps with a result. */
  readonly completedSteps: number;
  /** Also those whose failure is tolerated (`continueOnError`). */
  readonly failedSteps: number;
  /** Steps that were skipped because another one failed. */
  readonly skippedSteps: number;
}

/**
 * Counts the ended steps of a run in its journal, without rebuilding its state: for lists of runs.
 * The whole journal is read and checked against its hash chain.
 *
 * @throws WorkflowError `journal_damaged`
 */
export function countEndedSteps(storage: StoragePort, runId: string): EndedSteps {
  let [completedSteps, failedSteps, skippedSteps] = [0, 0, 0];
  for (const { type, payload } of storage.readJournal(runId)) {
    if (type === "step_completed") completedSteps += 1;
    else if (type === "step_failed") {
      const { final, skipped } = JSON.parse(payload) as { final?: unknown; skipped?: unknown };
      if (final === true) failedSteps += 1;
      skippedSteps += sizeOf(skipped);
    } else if (type === "restore_checkpoint") {
      // All steps that the entry does not list start again.
      const { completed, tolerated } = JSON.parse(payload) as {
        completed?: unknown;
        tolerated?: unknown;
      };
      [completedSteps, failedSteps, skippedSteps] = [sizeOf(completed), sizeOf(tolerated), 0];
    }
  }
  return { completedSteps, failedSteps, skippedSteps };
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return isRecord(value) ? Object.keys(value).length : 0;
}
