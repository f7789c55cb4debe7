import type { RunEvent, RunState, RunStatus } from "@automatosx/schemas";
import {
  Context,
  type Effect,
  Machine,
  type StepSnapshot,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";

/** The coarse word for a state: everything before an ending is `running`. */
export function statusOf(state: RunState): RunStatus {
  switch (state) {
    case "completed":
    case "failed":
    case "paused":
    case "cancelled":
      return state;
    default:
      return "running";
  }
}

/** One accepted event and what it changed. */
export interface Step {
  readonly runId: string;
  readonly seq: number;
  readonly at: number;
  readonly event: WorkflowEvent;
  readonly before: WorkflowMachine;
  readonly after: WorkflowMachine;
  readonly effects: readonly Effect[];
}

/** What an observer is told of one accepted event; most tell one thing, a failure may tell several. */
export function projectEvents(step: Step): RunEvent[] {
  const events: RunEvent[] = [];
  const common = { runId: step.runId, seq: step.seq, at: step.at };
  const context = Machine.context(step.after);
  for (const changed of Context.changedSteps(context, Machine.context(step.before))) {
    const event = projectStep(common, changed, step);
    if (event !== undefined) events.push(event);
  }
  for (const effect of step.effects) {
    if (effect.type !== "start_later") continue;
    const { stepId, attemptNumber, delayMs, dueAt } = effect;
    events.push({ ...common, type: "step_retried", stepId, attemptNumber, delayMs, dueAt });
  }
  if (step.event.type === "checkpoint_created") {
    const { checkpointId, name } = step.event;
    events.push({
      ...common,
      type: "checkpoint_created",
      checkpointId,
      ...(name !== undefined && { name }),
    });
  }
  const state = Machine.state(step.after);
  if (state !== Machine.state(step.before)) {
    const [error, errorCode] = [Context.error(context), Context.errorCode(context)];
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
  step: Step,
): RunEvent | undefined {
  const { id: stepId, attemptNumber } = changed;
  const durationMs = Math.max(0, common.at - (changed.startedAt ?? common.at));
  const { event } = step;
  if (changed.status === "running") {
    const agentId = Context.step(Machine.context(step.after), stepId)?.agentId ?? "";
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
  if (changed.status === "skipped" && event.type === "step_failed") {
    return { ...common, type: "step_skipped", stepId, because: event.stepId };
  }
  return undefined;
}
