/**
 * @automatosx/workflow/terminal-text: makes text from agents and definitions safe to print on a
 * terminal, and finds in it why an agent failed.
 */
import { cleanOutput } from "@automatosx/run-view";
import { type ExcerptSize, excerptOf } from "./failure-reason/excerpt-of.js";

export {
  cleanLine,
  cleanStart,
  cleanText,
  type FailureReason,
  failureLine,
  failureReason,
  unfinishedAt,
} from "@automatosx/run-view";
export type { ExcerptSize } from "./failure-reason/excerpt-of.js";
export { groupDigits } from "./group-digits.js";

/**
 * The first and the last lines of a program's output, clean, and between them a line that says how
 * many were cut.
 */
export function outputExcerpt(output: string, size: ExcerptSize): string {
  return excerptOf(cleanOutput(output), size);
}
