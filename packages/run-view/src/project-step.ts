import { RunQueries, type StepInfo, type StepSnapshot } from "@automatosx/rescript-core";
import type { RunEvent } from "@automatosx/schemas";
import type { AcceptedEvent } from "./AcceptedEvent.js";
import { isKept } from "./is-kept.js";

interface About {
  readonly runId: string;
  readonly seq: number;
  readonly at: number;
}

/** Returns the events of a step that changed, in order: mostly one. */
export function projectStep(
  common: About,
  changed: StepSnapshot,
  accepted: AcceptedEvent,
): RunEvent[] {
  const { id: stepId, attemptNumber, status } = changed;
  const { event } = accepted;
  // Each event sets its type, which stands before the step in its JSON text.
  const about = { ...common, type: undefined, stepId };
  if (status === "running") {
    const agentId = RunQueries.step(accepted.after, stepId)?.agentId ?? "";
    return [{ ...about, type: "step_started", attemptNumber, agentId }];
  }
  if (
    (event.type === "step_completed" || event.type === "step_answered") &&
    event.stepId === stepId
  )
    return projectAnswer(about, changed, accepted);
  if (event.type === "step_failed" && event.stepId === stepId) {
    const { error, reason, usage } = event;
    const failed: RunEvent = {
      ...about,
      ...{ type: "step_failed", attemptNumber, durationMs: durationOf(common, changed) },
      ...{ error, reason, final: status === "failed" },
      ...(usage !== undefined && { usage }),
    };
    return [failed, ...whatFollows(about, changed, accepted)];
  }
  if (event.type === "restore_checkpoint") return [];
  return projectConsequence(about, changed, accepted);
}

/** An answer may be the result, be checked first, or be refused by a check. */
function projectAnswer(
  about: About & { readonly stepId: string },
  changed: StepSnapshot,
  accepted: AcceptedEvent,
): RunEvent[] {
  const { status, attemptNumber } = changed;
  const { event } = accepted;
  if (event.type !== "step_completed" && event.type !== "step_answered") return [];
  if (status === "open") return [{ ...about, type: "step_opened", kind: "checks" }];
  if (status !== "completed") return projectConsequence(about, changed, accepted);
  const { result, usage } = event;
  const reused = event.type === "step_completed" ? event.reused : undefined;
  return [
    {
      ...about,
      ...{ type: "step_completed", attemptNumber, durationMs: durationOf(about, changed), result },
      ...(usage !== undefined && { usage }),
      ...(reused !== undefined && { reused }),
    },
  ];
}

/** Returns the events of a step that changed because of something else. */
function projectConsequence(
  about: About & { readonly stepId: string },
  changed: StepSnapshot,
  accepted: AcceptedEvent,
): RunEvent[] {
  const { stepId } = about;
  const { event, before, after } = accepted;
  const { status, result, error, detail } = changed;
  const step = RunQueries.step(after, stepId);
  if (step === undefined) return [];
  const ended = {
    attemptNumber: step.kind === undefined ? changed.attemptNumber : 0,
    durationMs: durationOf(about, changed),
  };
  switch (status) {
    case "skipped": {
      const failed = event.type === "step_failed" ? event.stepId : undefined;
      const because = RunQueries.skippedBecause(after, stepId, failed);
      return [{ ...about, type: "step_skipped", because: because ?? "" }];
    }
    case "open":
      return projectOpening(about, step, accepted);
    case "completed":
      // The result of a leaf was reported when its attempt ended, if the run has kept it.
      return isKept(changed, accepted)
        ? [{ ...about, type: "step_reused", attemptNumber: changed.attemptNumber }]
        : [{ ...about, ...ended, type: "step_completed", result: result ?? null }];
    case "failed": {
      if (isKept(changed, accepted)) return [];
      const reason = failureReason(detail?.reason);
      return [{ ...about, ...ended, type: "step_failed", error: error ?? "", reason, final: true }];
    }
    case "ready":
    case "waiting": {
      // A check has refused the answer of a step that is tried again.
      const earlier = RunQueries.step(before, stepId)?.status;
      const isRefused = step.check !== undefined && (earlier === "running" || earlier === "open");
      const failed = { ...about, ...ended, type: "step_failed", reason: "check" } as const;
      return [
        ...(isRefused && event.type !== "gate_answered"
          ? [{ ...failed, error: error ?? "", final: false }]
          : []),
        ...whatFollows(about, changed, accepted),
      ];
    }
    default:
      return whatFollows(about, changed, accepted);
  }
}

/** What a failure leads to, other than another attempt after a delay. */
function whatFollows(
  about: About & { readonly stepId: string },
  { status, attemptNumber, retryAt, error, detail }: StepSnapshot,
  { before }: AcceptedEvent,
): RunEvent[] {
  if (status === "unknown")
    return [{ ...about, type: "step_unknown", attemptNumber, error: error ?? "" }];
  const scope = status === "waiting" ? detail?.scope : undefined;
  if (scope === undefined || retryAt === undefined) return [];
  const earlier = RunQueries.step(before, about.stepId);
  if (earlier?.status === "waiting" && earlier.retryAt === retryAt) return [];
  return [{ ...about, type: "step_parked", attemptNumber, scope, until: retryAt }];
}

function projectOpening(
  about: About & { readonly stepId: string },
  { kind, waitingFor, detail }: StepInfo,
  { before, after }: AcceptedEvent,
): RunEvent[] {
  // A loop that begins its next round has been open before, and so has an answer at its next check.
  if (RunQueries.step(before, about.stepId)?.status === "open") return [];
  if (kind !== undefined) {
    const opened = { ...about, type: "step_opened", kind } as const;
    const keys = detail?.keys;
    return [keys === undefined ? opened : { ...opened, keys }];
  }
  const leaf = waitingFor === undefined ? undefined : LEAF_KINDS.get(waitingFor);
  if (leaf === undefined) return [];
  const { ask, signal } = RunQueries.question(after, about.stepId) ?? {};
  const dueAt = detail?.dueAt;
  return [
    {
      ...{ ...about, type: "step_opened", kind: leaf },
      ...(ask !== undefined && { ask }),
      ...(signal !== undefined && { signal }),
      ...(dueAt !== undefined && { dueAt }),
    },
  ];
}

type LeafKind = "gate" | "signal" | "timer" | "checks" | "run";

const LEAF_KINDS: ReadonlyMap<string, LeafKind> = new Map(
  (["gate", "signal", "timer", "checks", "run"] as const).map((kind) => [kind, kind]),
);

type FailureReason = Extract<RunEvent, { readonly type: "step_failed" }>["reason"];

function failureReason(reason: NonNullable<StepSnapshot["detail"]>["reason"]): FailureReason {
  return reason === undefined || reason === "condition" || reason === "expired" ? "error" : reason;
}

function durationOf({ at }: About, { startedAt }: StepSnapshot): number {
  return Math.max(0, at - (startedAt ?? at));
}
