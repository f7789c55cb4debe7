import type { StepInfo } from "@automatosx/workflow/observe";
import {
  fitReason as fitReasonBy,
  type Ruler,
  shortResult as shortResultBy,
} from "@automatosx/workflow/run-view";
import { cleanLine, outputExcerpt } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import { cutToWidth, displayWidth } from "./display-width.js";
import { count } from "./words.js";
import { wrap } from "./wrap.js";

/** Measures a line in the cells of a terminal. */
export const CELLS: Ruler = { widthOf: displayWidth, cut: cutToWidth };

/** The maximum number of steps whose errors are quoted, and how much of each. */
const FAILURE_LIMIT = 10;
const QUOTED = { firstLines: 6, lastLines: 14, maxChars: 4_096 };

/** The maximum width of a result in a row. */
const MAX_RESULT_WIDTH = 60;
/** The maximum width of an error in a row. */
const MAX_ERROR_WIDTH = 200;

/** The maximum width of a reason that is quoted, and of one that the table of steps shows. */
export const MAX_REASON_WIDTH = 500;
const MAX_TABLE_WIDTH = 60;

/**
 * The reason that an error message states, on one line of at most `width` cells. What does not fit
 * is cut in front, between clauses, so that the reason itself remains.
 */
export function fitReason(message: string, width: number): string {
  return fitReasonBy(message, width, CELLS);
}

/** The reason that an error states, as one line of at most `width` cells. */
export function shortError(error: string, width = MAX_ERROR_WIDTH): string {
  return fitReason(error, width);
}

/** A result as one line of at most `width` cells. */
export function shortResult(result: unknown, width = MAX_RESULT_WIDTH): string {
  return shortResultBy(result, width, CELLS);
}

/**
 * Prints the error of each failed step that the table of steps does not show in full: its reason,
 * and its first and its last lines.
 */
export function renderFailures(
  out: Output,
  steps: readonly Pick<StepInfo, "id" | "status" | "error">[],
): void {
  const failed = steps.flatMap(({ id, status, error }) =>
    status === "failed" && error !== undefined && isLong(error) ? [{ id, error }] : [],
  );
  if (failed.length === 0) return;
  out.line(out.paint("bold", "failures"));
  for (const { id, error } of failed.slice(0, FAILURE_LIMIT))
    for (const row of failureRows(out, id, error)) out.line(row);
  if (failed.length > FAILURE_LIMIT)
    out.line(
      `  … and ${count(failed.length - FAILURE_LIMIT, "more", "more")}: --json has them all`,
    );
}

function isLong(error: string): boolean {
  return error.length > MAX_TABLE_WIDTH || error.includes("\n");
}

function failureRows(out: Output, id: string, error: string): string[] {
  const head = `  ${cleanLine(id)}: ${fitReason(error, MAX_REASON_WIDTH)}`;
  // The first paragraph is the head.
  const body = error.slice(Math.max(0, error.search(/\n\s*\n/)));
  const quoted = body.includes("\n") ? outputExcerpt(body, QUOTED).split("\n") : [];
  return [
    ...wrap(out, head, "    "),
    ...quoted.flatMap((line) => wrap(out, `    ${line}`.trimEnd(), "      ")),
  ];
}
