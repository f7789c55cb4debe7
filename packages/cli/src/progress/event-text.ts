import type { EventLine } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import { cutToWidth, displayWidth } from "../render/display-width.js";

/** The width of a result that is not on a terminal, where lines are as long as they are. */
const RESULT_WIDTH = 60;
/** The minimum number of cells; a shorter excerpt of a result is useless. */
const LEAST_RESULT_WIDTH = 4;
const GAP = "  ";

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
