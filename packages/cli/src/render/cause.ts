import type { StepCause } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { shortError, shortResult } from "../progress/describe-event.js";
import { namesOf } from "../simulation-note.js";
import { duration } from "./words.js";

/** How many values a cause names. */
const VALUE_LIMIT = 8;
/** The maximum width of a value that a condition read. */
const VALUE_WIDTH = 80;
const ERROR_WIDTH = 500;

/** The time at which a cause is described, and whether a process works on the run. */
interface Situation {
  readonly now: number;
  readonly isActive: boolean;
}

/** Returns one cause in the chain that explains a step's status, as a sentence. */
export function describeCause(cause: StepCause, { now, isActive }: Situation): string {
  const step = cleanLine(cause.stepId);
  switch (cause.type) {
    case "dependencies":
      return cause.waitsFor.length === 0
        ? `${step} waits for the run to start its steps`
        : `${step} waits for ${namesOf(cause.waitsFor)}`;
    case "edge":
      return (
        `${step} is skipped: it needs ${cleanLine(cause.because)} (${cause.mode}), which ` +
        was(cause.status)
      );
    case "none_completed":
      return `${step} is skipped: none of ${namesOf(cause.choices)} completed`;
    case "condition":
      return (
        `${step} is skipped: its condition is false: ` +
        cleanLine(cause.condition) +
        values(cause.readings)
      );
    case "not_begun":
      return (
        `${step} has not begun: the concurrency of ${cleanLine(cause.owner)} limits how many ` +
        "items are in progress at once"
      );
    case "around":
      return (
        `${step} has not begun, because it is inside ${cleanLine(cause.owner)}, which ` +
        was(cause.status)
      );
    case "ready":
      return isActive
        ? `${step} is ready: it starts as soon as there is a free slot for agent ` +
            cleanLine(cause.agentId)
        : `${step} is ready: it starts when the run is resumed`;
    case "parked":
      return (
        `${step} is parked until the quota of ${cleanLine(cause.scope)} is free again ` +
        from(now, cause.until)
      );
    case "rate":
      return (
        `${step} is ready: the rate of agent ${cleanLine(cause.agentId)} admits its next start ` +
        from(now, cause.until)
      );
    case "budget":
      return `${step} is ready, and held back by the budget: ${cleanLine(cause.used)}`;
    case "retry":
      return (
        `${step} is tried again ${from(now, cause.retryAt)}, because its last attempt failed: ` +
        shortError(cause.error, ERROR_WIDTH)
      );
    case "checks":
      return `${step} has answered, and check ${cause.number} of ${cause.count} judges its answer`;
    case "unknown":
      return (
        `${step} is unknown: its last attempt may have taken effect: ` +
        shortError(cause.error, ERROR_WIDTH)
      );
    case "running":
      return isActive
        ? `${step} is running: attempt ${cause.attemptNumber}, agent ${cleanLine(cause.agentId)}`
        : `${step} was interrupted in attempt ${cause.attemptNumber}: the next attempt starts ` +
            "when the run is resumed";
    case "gate":
      return (
        `${step} waits for an answer: ${cleanLine(cause.ask)}` +
        (cause.dueAt === undefined ? "" : ` (expires ${from(now, cause.dueAt)})`)
      );
    case "signal":
      return (
        `${step} waits for the signal ${cleanLine(cause.signal)}` +
        (cause.dueAt === undefined ? "" : ` (expires ${from(now, cause.dueAt)})`)
      );
    case "timer":
      return `${step} waits, and is completed ${from(now, cause.dueAt)}`;
    case "expired":
      return `${step} is skipped: no answer or signal came in time`;
    case "round":
      return `${step} begins its next round ${from(now, cause.dueAt)}`;
    case "inside":
      return cause.waitsFor.length === 0
        ? `${step} has begun`
        : `${step} has begun, and waits for ${namesOf(cause.waitsFor)}`;
    case "failed":
      return `${step} failed: ${shortError(cause.error, ERROR_WIDTH)}`;
    case "completed":
      return `${step} is completed`;
    case "cancelled":
      return cause.by === undefined
        ? `${step} was cancelled with the run`
        : `${step} was cancelled by ${cleanLine(cause.by)}`;
    case "stop":
      return (
        `${step} stopped the run as ${cause.as}` +
        (cause.reason === undefined ? "" : `: ${shortError(cause.reason, ERROR_WIDTH)}`)
      );
  }
}

function was(status: string): string {
  switch (status) {
    case "failed":
      return "failed";
    case "skipped":
      return "was skipped";
    case "cancelled":
      return "was cancelled";
    default:
      return `is ${status}`;
  }
}

type Readings = Extract<StepCause, { type: "condition" }>["readings"];

function values(readings: Readings): string {
  if (readings.length === 0) return "";
  const shown = readings
    .slice(0, VALUE_LIMIT)
    .map(({ path, value }) => `${cleanLine(path)} is ${shortResult(value, VALUE_WIDTH)}`);
  const more = readings.length - shown.length;
  return `, where ${[...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ")}`;
}

function from(now: number, at: number): string {
  return at <= now ? "now" : `in ${duration(at - now)}`;
}
