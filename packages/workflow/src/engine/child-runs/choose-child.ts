import { isDeepStrictEqual } from "node:util";
import type { AttemptRequest } from "../../drive/attempt-request.js";
import { childRunId, startingAttempt } from "../../journal/child-run-id.js";
import type { StoragePort, StoredRun } from "../../storage/StoragePort.js";
import { isSpent, type StepFacts } from "./step-facts.js";

/** What a step runs: the definition and the inputs of its child run. */
export interface ChildIdentity {
  readonly definitionHash: string;
  readonly inputs: object;
}

/** The run that an attempt is to join, and what earlier ones have left. */
export interface ChosenChild {
  readonly runId: string;
  /** Earlier runs of the step that have not ended. */
  readonly leftOver: readonly StoredRun[];
}

/**
 * Chooses the run that an attempt joins or starts. The latest run of the step is joined if it was
 * started with the same definition and inputs, was not cancelled, and the step was neither
 * completed by it nor reopened since. So a crash pays for nothing twice, a retry continues where
 * the failed run stopped, and a step that is performed again gets a new run.
 */
export function chooseChild(
  storage: StoragePort,
  { runId, stepId, attemptNumber }: AttemptRequest,
  identity: ChildIdentity,
  facts: () => StepFacts,
): ChosenChild {
  const first = childRunId(runId, stepId);
  // Nothing of the step can exist before its first attempt.
  const all = attemptNumber === 1 ? [] : storage.listChildRuns(runId);
  const runs = all.filter(({ parentStepId }) => parentStepId === stepId);
  const latest = runs.at(-1);
  if (latest === undefined) {
    const isTaken = storage.getRun(first) !== undefined;
    return { runId: isTaken ? childRunId(runId, stepId, attemptNumber) : first, leftOver: [] };
  }
  const isJoined = fitsChild(latest, identity) && !isSpent(facts(), startingAttempt(latest.runId));
  const chosen = isJoined ? latest.runId : childRunId(runId, stepId, attemptNumber);
  const leftOver = runs.filter((run) => run.runId !== chosen && !hasEnded(run));
  return { runId: chosen, leftOver };
}

/** Whether a run may serve another attempt of the step that started it, as far as it is known. */
export function fitsChild(
  run: Pick<StoredRun, "damage" | "status" | "definitionHash" | "inputs">,
  { definitionHash, inputs }: ChildIdentity,
): boolean {
  return (
    run.damage === undefined &&
    run.status !== "cancelled" &&
    run.definitionHash === definitionHash &&
    isDeepStrictEqual(run.inputs, inputs)
  );
}

/** Whether a run has ended and cannot be resumed, as a failed one can. */
export function hasEnded({ status }: Pick<StoredRun, "status">): boolean {
  return status === "completed" || status === "cancelled";
}
