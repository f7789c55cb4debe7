import { RunQueries, type StepSnapshot } from "@automatosx/rescript-core";
import type { RunEvent } from "@automatosx/schemas";
import { statusOf } from "@automatosx/schemas/run-status";
import type { AcceptedEvent } from "./AcceptedEvent.js";
import { projectBudget, projectFact, projectStop } from "./project-facts.js";
import { projectStep } from "./project-step.js";
import { isReplant, replantChanges } from "./replant-changes.js";

export type { AcceptedEvent } from "./AcceptedEvent.js";

/**
 * Returns the events that observers see for one accepted event, in order. Most events produce one;
 * an outcome may produce several: the end of the attempt, the ends of the steps around it, the
 * steps skipped because of it, those that begin, and the next attempt. `changedSteps` are the steps
 * that differ between `before` and `after`.
 */
export function projectEvents(
  accepted: AcceptedEvent,
  changedSteps: readonly StepSnapshot[],
): RunEvent[] {
  const common = { runId: accepted.runId, seq: accepted.seq, at: accepted.at };
  const changes = isReplant(accepted.event) ? replantChanges(accepted) : undefined;
  const changed: readonly StepSnapshot[] = changes?.changed ?? changedSteps;
  const events = changed.flatMap((step) => projectStep(common, step, accepted));
  if (events.some(isOfComposite)) inOrder(events);
  events.unshift(...projectFact(common, accepted, changes && changes.counts));
  for (const effect of accepted.effects) {
    if (effect.type !== "start_later") continue;
    const { stepId, attemptNumber, delayMs, dueAt } = effect;
    events.push({ ...common, type: "step_retried", stepId, attemptNumber, delayMs, dueAt });
  }
  if (accepted.event.type === "checkpoint_created") {
    const { checkpointId, name } = accepted.event;
    events.push({
      ...common,
      type: "checkpoint_created",
      checkpointId,
      ...(name !== undefined && { name }),
    });
  }
  events.push(...projectStop(common, accepted), ...projectBudget(common, accepted));
  const state = RunQueries.state(accepted.after);
  if (state !== RunQueries.state(accepted.before)) {
    const error = RunQueries.error(accepted.after);
    const errorCode = RunQueries.errorCode(accepted.after);
    events.push({
      ...common,
      type: "run_state",
      state,
      status: statusOf(state),
      ...(error !== undefined && { error }),
      ...(errorCode !== undefined && { errorCode }),
    });
  }
  return events;
}

/** Whether an event is about a step with others inside, which has no attempts. */
function isOfComposite(event: RunEvent): boolean {
  return event.type === "step_opened" || ("attemptNumber" in event && event.attemptNumber === 0);
}

// A step ends after what is inside it, and begins before that. Both are in the order of the
// definition, in which a step comes before what is inside it.
function inOrder(events: RunEvent[]): void {
  const [own, ends, skips, begins]: [RunEvent[], RunEvent[], RunEvent[], RunEvent[]] = [
    [],
    [],
    [],
    [],
  ];
  for (const event of events) {
    if (event.type === "step_opened" || event.type === "step_started") begins.push(event);
    else if (event.type === "step_skipped") skips.push(event);
    else (isOfComposite(event) ? ends : own).push(event);
  }
  events.splice(0, events.length);
  for (const part of [own, ends.reverse(), skips, begins])
    for (const event of part) events.push(event);
}
