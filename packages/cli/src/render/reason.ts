import type { StepInfo } from "@automatosx/workflow/observe";
import { cleanLine, failureLine, outputExcerpt } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import { cutToWidth, displayWidth } from "./display-width.js";
import { count } from "./words.js";
import { wrap } from "./wrap.js";

/** How much of an error is read to show its reason, in characters. */
const READ_LENGTH = 120_000;

/** How much of the front of a cut reason is shown, the rest being its end. */
const FRONT_SHARE = 0.4;

/** What the engine and the agent say before the reason that a program states. */
const OWN_WORDS = new RegExp(
  "^(?:step `[^`]*` failed: )?" +
    "(?:program `[^`]*` (?:exited with code -?\\d+|was killed by [^:]*): )?",
);

/** The maximum number of steps whose errors are quoted, and how much of each. */
const FAILURE_LIMIT = 10;
const QUOTED = { firstLines: 6, lastLines: 14, maxChars: 4_096 };

/** The maximum width of a reason that is quoted, and of one that the table of steps shows. */
export const MAX_REASON_WIDTH = 500;
const MAX_TABLE_WIDTH = 60;

/**
 * The reason that an error message states, on one line of at most `width` cells. What does not fit
 * is cut in front, between clauses, so that the reason itself remains. If it is too long as well,
 * its middle is cut, between words.
 */
export function fitReason(message: string, width: number): string {
  const line = failureLine(message.slice(0, READ_LENGTH));
  if (width === Number.POSITIVE_INFINITY || displayWidth(line) <= width) return line;
  let rest = line;
  for (let at = rest.indexOf(": "); at >= 0; at = rest.indexOf(": ")) {
    rest = rest.slice(at + 2);
    const cut = `… ${rest}`;
    if (displayWidth(cut) <= width) return cut;
  }
  const cut = cutInside(line.replace(OWN_WORDS, ""), width);
  // Without its beginning, a reason says more if it begins with its last clause.
  return cut.startsWith("…") ? cutInside(rest, width) : cut;
}

/** A line with its middle cut between words. */
function cutInside(line: string, width: number): string {
  const words = line.split(" ");
  const back = taken(words.toReversed(), (width - 3) * (1 - FRONT_SHARE)).toReversed();
  // Not even the last word has room.
  if (back.length === 0) return cutToWidth(line, width);
  const room = width - 3 - displayWidth(back.join(" "));
  const front = taken(words.slice(0, words.length - back.length), room);
  return [...front, "…", ...back].join(" ");
}

/** The first words that fit in this many cells together. */
function taken(words: readonly string[], room: number): string[] {
  let width = -1;
  const end = words.findIndex((word) => {
    width += 1 + displayWidth(word);
    return width > room;
  });
  return words.slice(0, end < 0 ? words.length : end);
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
