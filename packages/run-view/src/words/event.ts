import type { RunEvent } from "@automatosx/schemas";
import { cleanLine } from "../text/clean-text.js";
import { duration } from "./duration.js";
import type { EventLine } from "./EventLine.js";
import { describeFact } from "./event-fact.js";
import { describeReplant } from "./event-replant.js";
import { shortError, shortResult } from "./reason.js";
import { shortId } from "./short-id.js";

/** The maximum length of a result, in characters. A screen shows what it has room for. */
const RESULT_LENGTH = 500;

/** Reasons that the error already states. */
const PLAIN_REASONS: ReadonlySet<string> = new Set(["error", "inner", "interrupted", "rejected"]);

/** Who performs an attempt. */
function performer(agentId: string): string {
  return agentId === "@workflow" ? "as a run of its own" : `agent ${cleanLine(agentId)}`;
}

/** Describes an event in words. */
export function describeEvent(event: RunEvent): EventLine {
  switch (event.type) {
    case "step_started":
      return {
        status: "started",
        subject: event.stepId,
        detail: `attempt ${event.attemptNumber}  ${performer(event.agentId)}`,
      };
    case "step_completed":
      return {
        status: "completed",
        subject: event.stepId,
        detail: attemptText(event) + duration(event.durationMs),
        result: shortResult(event.result, RESULT_LENGTH),
      };
    case "step_failed": {
      if (event.reason === "waiting")
        return { status: "open", subject: event.stepId, detail: shortError(event.error) };
      const isInterrupted = event.reason === "interrupted";
      // The engine learns of an interruption later than it happens, so its duration says nothing.
      const took = isInterrupted ? "" : `${duration(event.durationMs)}  `;
      const isPlain = PLAIN_REASONS.has(event.reason);
      const reason = isPlain ? "" : `${event.reason}: `;
      return {
        status: isInterrupted ? "interrupted" : "failed",
        subject: event.stepId,
        detail: `${attemptText(event)}${took}${reason}${shortError(event.error)}`,
      };
    }
    case "step_retried":
      return {
        status: "retrying",
        subject: event.stepId,
        detail: `attempt ${event.attemptNumber} in ${duration(event.delayMs)}`,
      };
    case "step_skipped":
      return {
        status: "skipped",
        subject: event.stepId,
        detail: whySkipped(event.because),
      };
    case "step_opened":
    case "gate_answered":
    case "signal_received":
    case "step_parked":
    case "step_unknown":
    case "budget_used":
    case "run_stopped":
      return describeFact(event);
    case "result_edited":
    case "steps_reopened":
    case "definition_changed":
    case "step_reused":
      return describeReplant(event);
    case "checkpoint_created":
      return {
        status: "checkpoint",
        subject: shortId(event.checkpointId),
        detail: event.name === undefined ? "" : cleanLine(event.name),
      };
    case "run_state":
      return {
        status: event.status,
        subject: `run ${shortId(event.runId)}`,
        detail: [event.status === event.state ? "" : event.state, shortError(event.error ?? "")]
          .filter((part) => part !== "")
          .join("  "),
      };
  }
}

// A step with inner steps ends without an attempt of its own.
function attemptText({ attemptNumber }: { readonly attemptNumber: number }): string {
  return attemptNumber === 0 ? "" : `attempt ${attemptNumber}  `;
}

function whySkipped(because: string): string {
  if (because === ":condition") return "its condition is false";
  if (because === ":expired") return "no answer came in time";
  return `needs ${cleanLine(because)}`;
}
