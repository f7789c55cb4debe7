import { CHARACTERS, fitReason, type Ruler, shortResult } from "./reason.js";
import { reasonOfSkip, type ShownStep } from "./shown-step.js";

/** The maximum length of each. */
const ERROR_LENGTH = 200;
const RESULT_LENGTH = 60;

/** How much room there is for what a step says. */
export interface Room {
  /** The maximum width, in the unit of `ruler`. */
  readonly width: number;
  /** What measures the text; without it, the unit is a character. */
  readonly ruler?: Ruler;
}

/**
 * Returns what a step says besides its status: what it waits for, its result, why it was skipped,
 * or its error. Empty if there is nothing to say.
 */
export function stepSays(
  { status, note, result, because, error = "" }: ShownStep,
  { width, ruler = CHARACTERS }: Room = { width: Number.POSITIVE_INFINITY },
): string {
  if (note !== undefined) return ruler.cut(note, Math.min(ERROR_LENGTH, width));
  if (status === "completed") return shortResult(result, Math.min(RESULT_LENGTH, width), ruler);
  if (because !== undefined) return `(${reasonOfSkip(because)})`;
  return fitReason(error, Math.min(ERROR_LENGTH, width), ruler);
}
