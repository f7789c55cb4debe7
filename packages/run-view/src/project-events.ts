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
 * a failure may produce several: the failed attempt, the steps skipped because of it, and the next
 * attempt. `changedSteps` are the steps that differ between `before` and `after`.
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
  { event, after }: AcceptedEvent,
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
      if (kind === undefined) return undefined;
      const opened = { ...common, type: "step_opened", kind } as const;
      return keys === undefined ? opened : { ...opened, keys };
    }
    case "completed":
      return { ...common, ...ended, type: "step_completed", result: result ?? null };
    case "failed": {
      const reason = detail?.reason;
      if (reason === undefined || reason === "condition") return undefined;
      return { ...common, ...ended, type: "step_failed", error: error ?? "", reason, final: true };
    }
    default:
      return undefined;
  }
}
