import {
  Context,
  type Effect,
  Machine,
  type Refusal,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import { demand } from "./promises.js";
import type { Phase } from "./Recount.js";
import { isSettled } from "./StepRecount.js";
import type { WorldState } from "./WorldState.js";

const phaseOf = (machine: WorkflowMachine): Phase => {
  const state = Machine.state(machine);
  switch (state) {
    case "executing_steps":
    case "awaiting_completion":
      return "executing";
    case "paused":
    case "completed":
    case "failed":
    case "cancelled":
      return state;
    case "creating_checkpoint":
      return "checkpoint";
    case "restoring_from_checkpoint":
      return "restoring";
    case "aggregating_results":
      return "gathering";
    default:
      return "preparing";
  }
};

/**
 * Checks an event that was accepted and recounted. Takes little longer than the transition itself.
 */
export function checkAccepted(
  world: WorldState,
  event: WorkflowEvent,
  effects: readonly Effect[],
): void {
  const { machine, recount } = world;
  const phase = phaseOf(machine);
  demand(
    phase === recount.phase,
    recount.hasEnded ? "oneEnd" : "pauseHolds",
    () => `after ${event.type} the run is ${phase}, not ${recount.phase}`,
  );
  checkMetrics(world);
  let endCount = 0;
  let laterCount = 0;
  // A step that waited for its retry when the run went back may come to wait again by any event.
  const about = "stepId" in event ? [event.stepId, ownerOf(event.stepId)] : [];
  for (const effect of effects) {
    if (effect.type === "finish_run") endCount += 1;
    else if (effect.type === "start_later" && about.includes(effect.stepId)) laterCount += 1;
    checkEffect(world, effect);
  }
  demand(
    endCount === (recount.hasEnded ? 1 : 0),
    "oneEnd",
    () => `after ${event.type} the end was announced ${endCount} times`,
  );
  if (event.type === "step_completed" || event.type === "step_failed")
    checkOutcome(world, event, laterCount);
}

function checkEffect({ recount }: WorldState, effect: Effect): void {
  if (effect.type === "start_later") {
    const index = recount.steps.indexOf(effect.stepId);
    const { attempt, retryAt } = recount.steps;
    const [next, dueAt] = [(attempt[index] ?? 0) + 1, retryAt[index]];
    demand(
      effect.attemptNumber === next,
      "timers",
      () => `attempt ${effect.attemptNumber} of ${effect.stepId} is announced, not ${next}`,
    );
    demand(
      effect.dueAt === dueAt,
      "timers",
      () => `the retry of ${effect.stepId} is due at ${effect.dueAt}, not ${dueAt}`,
    );
  } else if (effect.type === "run_step") {
    const newest = recount.steps.attempt[recount.steps.indexOf(effect.stepId)];
    demand(
      effect.attemptNumber === newest,
      "attemptOnce",
      () => `${effect.stepId} is run as attempt ${effect.attemptNumber}, not ${newest}`,
    );
  }
}

function checkOutcome(
  { recount, plan, machine }: WorldState,
  event: Extract<WorkflowEvent, { readonly stepId: string }>,
  laterCount: number,
): void {
  const index = recount.steps.indexOf(event.stepId);
  const step = Context.step(Machine.context(machine), event.stepId);
  const [failures, status] = [recount.steps.failures[index], recount.steps.statusOf(index)];
  demand(
    step?.failureCount === failures,
    "retries",
    () => `${event.stepId} has ${step?.failureCount} failures; the recount has ${failures}`,
  );
  demand(
    step?.status === status,
    "metricsRecount",
    () => `${event.stepId} is ${step?.status}, not ${status}`,
  );
  // A check that is not passed lets its step wait for another attempt.
  const owner = recount.steps.statusOf(recount.steps.indexOf(ownerOf(event.stepId)));
  // A parked step may be woken by a timer of its own or by that of its scope.
  const isParked = recount.steps.run?.tree.at(event.stepId)?.scope !== undefined;
  demand(
    (isParked && status === "waiting") ||
      laterCount === (status === "waiting" || (isSettled(status) && owner === "waiting") ? 1 : 0),
    "timers",
    () => `${event.stepId} is ${status}, and ${laterCount} timers were requested`,
  );
  const { startedAt = 0, finishedAt = Number.POSITIVE_INFINITY } = step ?? {};
  demand(
    finishedAt >= startedAt,
    "time",
    () => `${event.stepId} ended at ${finishedAt}, before it started at ${startedAt}`,
  );
  if (event.type !== "step_completed" || status !== "completed") return;
  demand(
    isSame(step?.result, plan.resultOf(event.stepId, event.attemptNumber)),
    "sameResults",
    () => `the result of ${event.stepId} is ${JSON.stringify(step?.result)}`,
  );
}

/** The path of the step that an attached one belongs to; of any other, what no step has. */
const ownerOf = (path: string): string => /^(.+):(?:check-\d+|reconcile)$/.exec(path)?.[1] ?? "";

/** True for the same JSON. Texts and references are compared first, since most are the same. */
export const isSame = (a: unknown, b: unknown): boolean =>
  a === b || JSON.stringify(a) === JSON.stringify(b);

function checkMetrics({ core, machine, recount }: WorldState): void {
  const metrics = core.metrics(machine);
  const { counts, attemptCount, retryCount } = recount.steps;
  const { checkpointCount } = recount;
  const isRight =
    metrics.completedSteps === counts.completed &&
    metrics.failedSteps === counts.failed &&
    metrics.skippedSteps === counts.skipped &&
    metrics.cancelledSteps === counts.cancelled &&
    metrics.attempts === attemptCount &&
    metrics.retries === retryCount &&
    metrics.checkpoints === checkpointCount;
  demand(isRight, "metricsRecount", () => {
    const counted = { ...counts, attemptCount, retryCount, checkpointCount };
    return `the metrics are ${JSON.stringify(metrics)}; the recount is ${JSON.stringify(counted)}`;
  });
  demand((metrics.duration ?? 0) >= 0, "time", () => `the run took ${metrics.duration} ms`);
}

/** Checks that refusing an event loses no information. */
export function checkRefused({ recount }: WorldState, event: WorkflowEvent, reason: Refusal): void {
  demand(
    !recount.mustAccept(event),
    "answersHeard",
    () => `${JSON.stringify(event)} was refused: ${reason}`,
  );
}
