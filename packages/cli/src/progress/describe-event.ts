import type { RunEvent } from "@automatosx/schemas";
import { cleanLine, cleanText } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import { cutToWidth, displayWidth } from "../render/display-width.js";
import { fitReason } from "../render/reason.js";
import { shortId } from "../render/short-id.js";
import { duration } from "../render/words.js";
import { describeFact } from "./describe-fact.js";
import { describeReplant } from "./describe-replant.js";
import type { EventLine } from "./EventLine.js";

/** The width of a result that is not on a terminal, where lines are as long as they are. */
const RESULT_WIDTH = 60;
/** The maximum width of a result on a terminal, which may have more columns than this. */
const MAX_RESULT_WIDTH = 500;
const ERROR_WIDTH = 200;
/** How much of a result is read to show its beginning, in characters. */
const READ_LENGTH = 10_000;
/** The minimum number of cells; a shorter excerpt of a result is useless. */
const LEAST_RESULT_WIDTH = 4;
const GAP = "  ";

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
        result: shortResult(event.result, MAX_RESULT_WIDTH),
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

/**
 * The line without its status. On a terminal, the result is truncated so that the line fits in a
 * row after `before` cells.
 */
export function eventText(
  out: Output,
  { subject, detail, result = "" }: EventLine,
  before: number,
  mark = "",
): string {
  const join = (parts: readonly string[]): string => parts.filter((part) => part !== "").join(GAP);
  const head = join([cleanLine(subject), detail]);
  // Leave one cell free, because some terminals wrap a row that fills the last column.
  const room = out.isTty
    ? out.columns - 1 - before - displayWidth(join([head, mark])) - GAP.length
    : RESULT_WIDTH;
  return join([head, room < LEAST_RESULT_WIDTH ? "" : cutToWidth(result, room), mark]);
}

/** A result as one short line. */
export function shortResult(result: unknown, width = RESULT_WIDTH): string {
  if (result === undefined) return "";
  // Cut before it is written as JSON, and before it is cleaned: a result may be very long.
  const shown = typeof result === "string" ? cleanText(result.slice(0, READ_LENGTH)) : result;
  return cutToWidth(cleanLine(JSON.stringify(shown).slice(0, READ_LENGTH)), width);
}

/** The reason that an error states, as one line. */
export function shortError(error: string, width = ERROR_WIDTH): string {
  return fitReason(error, width);
}
