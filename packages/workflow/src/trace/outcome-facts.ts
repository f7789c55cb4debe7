import type { AcceptedEvent } from "@automatosx/run-view";
import type { StepSnapshot } from "../core/workflow-state-machine.js";
import type { AttemptEnded, StepEnded } from "./RunFact.js";

type StepOutcome = Pick<StepEnded, "status" | "error" | "reason">;
type AttemptOutcome = Pick<
  AttemptEnded,
  "status" | "error" | "reason" | "usage" | "reused" | "lostAt"
>;

/** Returns how a step ended that has changed; undefined if it has not ended. */
export function stepEnd(step: StepSnapshot, { event }: AcceptedEvent): StepOutcome | undefined {
  const { id, status, error, detail } = step;
  switch (status) {
    case "completed":
    case "skipped":
    case "cancelled":
      return { status };
    case "failed": {
      const isOwn = event.type === "step_failed" && event.stepId === id;
      const reason = isOwn ? event.reason : (detail?.reason ?? "error");
      return { status, ...(error !== undefined && { error }), reason };
    }
    default:
      return undefined;
  }
}

/** Returns how the attempt of a step ended that has changed. */
export function attemptEnd(step: StepSnapshot, { event }: AcceptedEvent): AttemptOutcome {
  switch (event.type) {
    case "step_completed":
    case "step_answered": {
      if (event.stepId !== step.id) return { status: "interrupted" };
      const { usage } = event;
      const reused = event.type === "step_completed" ? event.reused : undefined;
      return {
        ...(step.status === "completed" || step.status === "open"
          ? ({ status: "completed" } as const)
          : refusal(step)),
        ...(usage !== undefined && { usage }),
        ...(reused !== undefined && { reused }),
      };
    }
    case "step_failed": {
      if (event.stepId !== step.id) return { status: "interrupted" };
      const { error, reason, usage } = event;
      return {
        status: reason === "interrupted" ? "interrupted" : "failed",
        ...{ error, reason },
        ...(usage !== undefined && { usage }),
      };
    }
    default:
      return { status: "interrupted" };
  }
}

/** An answer was not accepted. */
function refusal({ error }: StepSnapshot): AttemptOutcome {
  return { status: "failed", ...(error !== undefined && { error }), reason: "check" };
}
