import {
  type Effect,
  RunQueries,
  type StepSnapshot,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";
import type { RunEvent } from "@automatosx/schemas";
import { statusOf } from "@automatosx/schemas/run-status";

/** An accepted event, with the machine before and after it. */
export interface AcceptedEvent {
  /** The id of the run. */
  readonly runId: string;
  /** The position of its journal entry, counted from 1. */
  readonly seq: number;
  /** When it was accepted, in ms since the epoch. */
  readonly at: number;
  /** The event that the machine accepted. */
  readonly event: WorkflowEvent;
  /** The machine before the event. */
  readonly before: WorkflowMachine;
  /** The machine after the event. */
  readonly after: WorkflowMachine;
  /** What the machine asked for. */
  readonly effects: readonly Effect[];
}

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
  const events: RunEvent[] = [];
  const common = { runId: accepted.runId, seq: accepted.seq, at: accepted.at };
  for (const changed of changedSteps) {
    const event = projectStep(common, changed, accepted);
    if (event !== undefined) events.push(event);
  }
  if (events.some(isOfComposite)) inOrder(events);
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

function projectStep(
  common: { runId: string; seq: number; at: number },
  changed: StepSnapshot,
  accepted: AcceptedEvent,
): RunEvent | undefined {
  const { id: stepId, attemptNumber } = changed;
  const durationMs = Math.max(0, common.at - (changed.startedAt ?? common.at));
  const { event } = accepted;
  if (changed.status === "running") {
    const agentId = RunQueries.step(accepted.after, stepId)?.agentId ?? "";
    return { ...common, type: "step_started", stepId, attemptNumber, agentId };
  }
  if (event.type === "step_completed" && event.stepId === stepId) {
    return {
      ...common,
      type: "step_completed",
      stepId,
      attemptNumber,
      durationMs,
      result: event.result,
    };
  }
  if (event.type === "step_failed" && event.stepId === stepId) {
    const { error, reason } = event;
    return {
      ...common,
      type: "step_failed",
      stepId,
      attemptNumber,
      durationMs,
      error,
      reason,
      final: changed.status === "failed",
    };
  }
  if (event.type === "restore_checkpoint") return undefined;
  return projectConsequence({ ...common, stepId }, changed, accepted);
}

/** Returns the event of a step that changed because of another one. */
function projectConsequence(
  common: { runId: string; seq: number; at: number; stepId: string },
  { status, result, error, startedAt, detail }: StepSnapshot,
  { event, before, after }: AcceptedEvent,
): RunEvent | undefined {
  const { stepId } = common;
  const ended = { attemptNumber: 0, durationMs: Math.max(0, common.at - (startedAt ?? common.at)) };
  switch (status) {
    case "skipped": {
      const failed = event.type === "step_failed" ? event.stepId : undefined;
      const because = RunQueries.skippedBecause(after, stepId, failed);
      return { ...common, type: "step_skipped", because: because ?? "" };
    }
    case "open": {
      const kind = RunQueries.step(after, stepId)?.kind;
      const keys = detail?.keys;
      // A loop that begins its next round has been open before.
      if (kind === undefined || RunQueries.step(before, stepId)?.status === "open")
        return undefined;
      const opened = { ...common, type: "step_opened", kind } as const;
      return keys === undefined ? opened : { ...opened, keys };
    }
    case "completed":
      // The result of a step without others inside was reported when its attempt ended: a restored
      // run kept it.
      if (RunQueries.step(after, stepId)?.kind === undefined) return undefined;
      return { ...common, ...ended, type: "step_completed", result: result ?? null };
    case "failed": {
      const reason = detail?.reason;
      if (reason === undefined || reason === "condition" || reason === "expired") return undefined;
      return { ...common, ...ended, type: "step_failed", error: error ?? "", reason, final: true };
    }
    default:
      return undefined;
  }
}
