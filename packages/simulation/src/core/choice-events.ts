import type { CheckpointData, WorkflowEvent } from "@automatosx/rescript-core";
import type { AgentFailure } from "./AgentFailure.js";
import { ALL_DONE, BATCH_DONE, BEGINNING, RIGHT_NOW, stepsIn } from "./Choice.js";
import type { Plan } from "./Plan.js";
import { AS_IT_STANDS, BEFORE_THE_FIRST } from "./Recount.js";
import type { WorldState } from "./WorldState.js";

/** The outcome of an attempt: its result or, with a reason, its failure. */
export function outcomeEvent(
  { plan, recount }: Pick<WorldState, "plan" | "recount">,
  step: number,
  attemptNumber: number,
  reason: AgentFailure | undefined,
): WorkflowEvent {
  const stepId = recount.steps.idOf(step);
  if (reason === undefined)
    return { type: "step_completed", stepId, attemptNumber, result: plan.resultOf(stepId) };
  // Any number in [0, 1) would do; this one is the same on every replay.
  const chance = ((step * 7 + attemptNumber * 3) % 10) / 10;
  return { type: "step_failed", stepId, attemptNumber, error: reason, reason, chance };
}

/** The event for a request, from the choice's `detail`. */
export function requestEvent(plan: Plan, detail: number): WorkflowEvent {
  if (detail === BATCH_DONE) return { type: "batch_completed" };
  if (detail === ALL_DONE) return { type: "all_steps_completed" };
  const stepIds = plan.defs.map(({ id }) => id);
  return { type: "execute_step_batch", stepIds: stepsIn(detail, stepIds) };
}

/** The target of a restore, from the choice's `detail`. */
export function restoredData(world: WorldState, detail: number): CheckpointData {
  if (detail === BEGINNING)
    return {
      checkpointId: BEFORE_THE_FIRST,
      completedSteps: [],
      pendingSteps: [],
      stepResults: {},
    };
  const kept = detail === RIGHT_NOW ? undefined : world.checkpoints[detail];
  return kept?.data ?? world.core.checkpointData(world.machine, AS_IT_STANDS);
}
