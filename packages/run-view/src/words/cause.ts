import type { StepCause } from "@automatosx/rescript-core";
import { cleanLine } from "../text/clean-text.js";
import { changesText, reuseText } from "./changes.js";
import { namesOf } from "./count.js";
import { untilText } from "./duration.js";
import { shortError, shortResult } from "./reason.js";

/** How many values a cause names. */
const VALUE_LIMIT = 8;
/** The maximum length of a value that a condition read. */
const VALUE_LENGTH = 80;
const ERROR_LENGTH = 500;

/** The time at which a cause is described, and whether a process works on the run. */
export interface Situation {
  /** The time at which it is described, in ms since the epoch. */
  readonly now: number;
  /** Whether a process works on the run. */
  readonly isActive: boolean;
}

type Texts = {
  readonly [Type in StepCause["type"]]: (
    cause: Extract<StepCause, { readonly type: Type }>,
    step: string,
    situation: Situation,
  ) => string;
};

/** Each kind of cause as a sentence about its step. */
const TEXTS: Texts = {
  dependencies: (cause, step) =>
    cause.waitsFor.length === 0
      ? `${step} waits for the run to start its steps`
      : `${step} waits for ${namesOf(cause.waitsFor)}`,
  edge: (cause, step) =>
    `${step} is skipped: it needs ${cleanLine(cause.because)} (${cause.mode}), which ` +
    was(cause.status),
  none_completed: (cause, step) =>
    `${step} is skipped: none of ${namesOf(cause.choices)} completed`,
  condition: (cause, step) =>
    `${step} is skipped: its condition is false: ` +
    cleanLine(cause.condition) +
    values(cause.readings),
  not_begun: (cause, step) =>
    `${step} has not begun: the concurrency of ${cleanLine(cause.owner)} limits how many ` +
    "items are in progress at once",
  around: (cause, step) =>
    `${step} has not begun, because it is inside ${cleanLine(cause.owner)}, which ` +
    was(cause.status),
  ready: (cause, step, { isActive }) =>
    isActive
      ? `${step} is ready: it starts as soon as there is a free slot for agent ` +
        cleanLine(cause.agentId)
      : `${step} is ready: it starts when the run is resumed`,
  parked: (cause, step, { now }) =>
    `${step} is parked until the quota of ${cleanLine(cause.scope)} is free again ` +
    untilText(now, cause.until),
  rate: (cause, step, { now }) =>
    `${step} is ready: the rate of agent ${cleanLine(cause.agentId)} admits its next start ` +
    untilText(now, cause.until),
  budget: (cause, step) =>
    `${step} is ready, and held back by the budget: ${cleanLine(cause.used)}`,
  retry: (cause, step, { now }) =>
    `${step} is tried again ${untilText(now, cause.retryAt)}, because its last attempt failed: ` +
    shortError(cause.error, ERROR_LENGTH),
  checks: (cause, step) =>
    `${step} has answered, and check ${cause.number} of ${cause.count} judges its answer`,
  unknown: (cause, step) =>
    `${step} is unknown: its last attempt may have taken effect: ` +
    shortError(cause.error, ERROR_LENGTH),
  running: (cause, step, { isActive }) =>
    isActive
      ? `${step} is running: attempt ${cause.attemptNumber}, agent ${cleanLine(cause.agentId)}`
      : `${step} was interrupted in attempt ${cause.attemptNumber}: the next attempt starts ` +
        "when the run is resumed",
  gate: (cause, step, { now }) =>
    `${step} waits for an answer: ${cleanLine(cause.ask)}` +
    (cause.dueAt === undefined ? "" : ` (expires ${untilText(now, cause.dueAt)})`),
  signal: (cause, step, { now }) =>
    `${step} waits for the signal ${cleanLine(cause.signal)}` +
    (cause.dueAt === undefined ? "" : ` (expires ${untilText(now, cause.dueAt)})`),
  run: (cause, step) => `${step} waits: ${shortError(cause.error, ERROR_LENGTH)}`,
  timer: (cause, step, { now }) => `${step} waits, and is completed ${untilText(now, cause.dueAt)}`,
  expired: (_, step) => `${step} is skipped: no answer or signal came in time`,
  round: (cause, step, { now }) => `${step} begins its next round ${untilText(now, cause.dueAt)}`,
  inside: (cause, step) =>
    cause.waitsFor.length === 0
      ? `${step} has begun`
      : `${step} has begun, and waits for ${namesOf(cause.waitsFor)}`,
  failed: (cause, step) => `${step} failed: ${shortError(cause.error, ERROR_LENGTH)}`,
  completed: (_, step) => `${step} is completed`,
  cancelled: (cause, step) =>
    cause.by === undefined
      ? `${step} was cancelled with the run`
      : `${step} was cancelled by ${cleanLine(cause.by)}`,
  changed: (cause, step) =>
    `${step} does not take its earlier result: ${changesText(cause.changed)}`,
  reused: (cause, step) => reuseText(step, cause),
  stop: (cause, step) =>
    `${step} stopped the run as ${cause.as}` +
    (cause.reason === undefined ? "" : `: ${shortError(cause.reason, ERROR_LENGTH)}`),
};

/** A text for a cause whose kind the compiler does not know. */
type AnyText = (cause: StepCause, step: string, situation: Situation) => string;

/** Returns one cause in the chain that explains a step's status, as a sentence. */
export function describeCause(cause: StepCause, situation: Situation): string {
  return (TEXTS[cause.type] as AnyText)(cause, cleanLine(cause.stepId), situation);
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
    .map(({ path, value }) => `${cleanLine(path)} is ${shortResult(value, VALUE_LENGTH)}`);
  const more = readings.length - shown.length;
  return `, where ${[...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ")}`;
}
