import type { WorkflowDefinition } from "@automatosx/schemas";
import { isRecord } from "../checks/check-options.js";
import type { StoragePort } from "../storage/StoragePort.js";
import { RunReader } from "./RunReader.js";

/** How many steps of a run have ended, and how. All others are pending, running or waiting. */
export interface EndedSteps {
  /** Steps with a result. */
  readonly completedSteps: number;
  /** Also those whose failure is tolerated (`continueOnError`). */
  readonly failedSteps: number;
  /** Steps that were skipped: because of a dependency, or by their own `if`. */
  readonly skippedSteps: number;
  /**
   * All steps without inner steps. Items of a fan-out and rounds of a loop count once they have
   * begun.
   */
  readonly totalSteps: number;
}

/**
 * Counts the ended steps of a run: for lists of runs. The journal is read and checked against its
 * hash chain. The state of the run is rebuilt only if its steps are not known from its definition.
 *
 * @throws WorkflowError `journal_damaged`
 */
export function countEndedSteps(storage: StoragePort, runId: string): EndedSteps {
  const run = storage.getRun(runId);
  const { definition = "" } =
    run === undefined ? {} : (storage.getWorkflow(run.definitionHash) ?? {});
  if (usesLanguage(definition)) {
    const metrics = RunReader.open(storage, runId).catchUp().view.metrics();
    const { completedSteps, failedSteps, skippedSteps, totalSteps } = metrics;
    return { completedSteps, failedSteps, skippedSteps, totalSteps };
  }
  return { ...countOutcomes(storage, runId), totalSteps: run?.stepCount ?? 0 };
}

// A text in the definition may contain the same characters.
function usesLanguage(definition: string): boolean {
  return (
    definition.includes('"language":') &&
    (JSON.parse(definition) as WorkflowDefinition).language !== undefined
  );
}

function countOutcomes(storage: StoragePort, runId: string): Omit<EndedSteps, "totalSteps"> {
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
