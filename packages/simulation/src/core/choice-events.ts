import type { Budget, CheckpointData, WorkflowEvent } from "@automatosx/rescript-core";
import type { AgentFailure } from "./AgentFailure.js";
import {
  AGAIN,
  ALL_DONE,
  BATCH_DONE,
  BEGINNING,
  type Choice,
  DOWNSTREAM,
  EDIT,
  MISFIT,
  NOT_DONE,
  REJECT,
  RIGHT_NOW,
  stepsIn,
} from "./Choice.js";
import type { Plan } from "./Plan.js";
import { AS_IT_STANDS, BEFORE_THE_FIRST } from "./Recount.js";
import type { WorldState } from "./WorldState.js";

/** The outcome of an attempt: its result or, with a reason, its failure. */
export function outcomeEvent(
  { plan, recount, clock }: Pick<WorldState, "plan" | "recount" | "clock">,
  step: number,
  attemptNumber: number,
  reason: AgentFailure | undefined,
): WorkflowEvent {
  const stepId = recount.steps.idOf(step);
  const { usage, retryAfterMs } =
    (plan.isOpenEnded === true ? plan.tree?.saysOf?.(stepId, attemptNumber) : undefined) ?? {};
  const said = usage === undefined ? {} : { usage };
  if (reason === undefined) {
    const isJudged = recount.steps.defOf(step)?.check?.some((check) => check.step !== undefined);
    const type = isJudged === true ? "step_answered" : "step_completed";
    const result = plan.resultOf(stepId, attemptNumber);
    // Every fourth agent leaves no conversation.
    const hasSession = plan.isOpenEnded === true && (step + attemptNumber) % 4 !== 0;
    const session = hasSession ? { session: `${stepId}@${attemptNumber}` } : {};
    return { type, stepId, attemptNumber, result, ...said, ...session };
  }
  // Any number in [0, 1) would do; this one is the same on every replay.
  const chance = ((step * 7 + attemptNumber * 3) % 10) / 10;
  return {
    type: "step_failed",
    stepId,
    attemptNumber,
    error: reason,
    reason,
    chance,
    ...said,
    ...(reason === "rate_limit" && retryAfterMs !== undefined && { retryAt: clock + retryAfterMs }),
  };
}

/** What a person or another program says, from the choice's `detail`. */
export function toldEvent(
  world: WorldState,
  { kind, step, attempt, detail }: Choice,
): WorkflowEvent {
  const { recount, journal, turn, plan } = world;
  const stepId = recount.steps.idOf(step);
  switch (kind) {
    case "gate":
      return gateEvent(stepId, attempt, detail);
    case "edit":
      return {
        type: "result_edited",
        stepId,
        attemptNumber: attempt,
        result: detail === MISFIT ? "a misfit" : editedResult(world, step),
        recipe: 1,
      };
    case "reopen":
      return {
        type: "steps_reopened",
        stepIds: [stepId],
        downstream: detail === DOWNSTREAM,
        recipe: 1,
      };
    case "amend":
      return changedEvent(plan, detail);
    case "resolve":
      return {
        type: "gate_answered",
        stepId,
        attemptNumber: attempt,
        approved: true,
        values: detail === NOT_DONE ? { done: false } : { done: true, result: { ok: true, n: 1 } },
      };
    case "raise":
      return { type: "budget_changed", budget: largerBudget(world) };
    default: {
      const signal = recount.steps.run?.tree.at(stepId)?.signal ?? signalOf(recount, step);
      // A sender that repeats itself sends the id of the signal before.
      const sent = [...journal, ...turn].filter(({ event }) => event.type === "signal_received");
      const number = detail === AGAIN ? sent.length : sent.length + 1;
      const data = detail === MISFIT ? { n: "three" } : { ok: number % 2 === 0, n: number };
      return { type: "signal_received", name: signal, data, signalId: `id ${number}` };
    }
  }
}

const signalOf = ({ steps }: WorldState["recount"], step: number): string =>
  steps.defOf(step)?.wait?.signal ?? "go";

function gateEvent(stepId: string, attemptNumber: number, detail: number): WorkflowEvent {
  const values = { ok: (attemptNumber + stepId.length) % 2 === 0, n: attemptNumber };
  const told = { type: "gate_answered", stepId, attemptNumber } as const;
  if (detail === EDIT)
    return {
      ...told,
      approved: true,
      values,
      edits: { ok: false, n: 40 + attemptNumber, items: [] },
    };
  if (detail === REJECT) return { ...told, approved: false, values: {}, note: "no" };
  return { ...told, approved: true, values: detail === MISFIT ? { ...values, other: 1 } : values };
}

/** Another result than the step has; every other edit of it brings the same one. */
function editedResult({ recount }: WorldState, step: number): unknown {
  const { result, form } = recount.steps.run?.tree.at(recount.steps.idOf(step)) ?? {};
  const n = typeof result === "object" && result !== null && "n" in result ? result.n : 0;
  const edited = { ok: n === 70, n: n === 70 ? 71 : 70 };
  return form === "gate"
    ? { ...edited, approved: true }
    : { ...edited, items: [{ id: "q" }, { id: "edited" }] };
}

/** The workflow changes to one of the variants of its plan. */
function changedEvent({ variants = [], policy, outputs, handlers }: Plan, index: number) {
  const { defs = [], graph, inputs } = variants[index] ?? {};
  return {
    type: "definition_changed" as const,
    definitionHash: `variant ${index}`,
    steps: [...defs],
    nodes: graph?.nodes ?? [],
    edges: graph?.edges ?? [],
    executionOrder: graph?.executionOrder ?? [],
    policy,
    ...(outputs !== undefined && { outputs }),
    ...(handlers !== undefined && { handlers }),
    ...(inputs !== undefined && { inputs }),
    recipe: 1,
  } as WorkflowEvent;
}

/** Enough for all that may still come. */
function largerBudget({ plan, recount: { steps } }: WorldState): Budget {
  const { usd, tokens, launches, wallMs } = plan.policy.budget ?? {};
  const { state } = steps.run?.spending ?? {};
  return {
    ...(usd !== undefined && { usd: (state?.usd ?? 0) + 100 }),
    ...(tokens !== undefined && { tokens: (state?.tokens ?? 0) + 100_000 }),
    ...(launches !== undefined && { launches: (state?.launches ?? 0) + 1000 }),
    ...(wallMs !== undefined && { wallMs: (steps.run?.spending.busyMs ?? 0) + 10_000_000 }),
    unmetered: "allow",
  };
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
  if (kept !== undefined) return kept.data;
  const data = world.core.checkpointData(world.machine, AS_IT_STANDS);
  return world.recount.phase === "failed" ? { ...data, keepsOffers: true } : data;
}
