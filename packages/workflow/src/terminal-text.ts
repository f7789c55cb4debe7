/**
 * @automatosx/workflow/terminal-text: makes text from agents and definitions safe to print on a
 * terminal, and finds in it why an agent failed.
 */
import ansiRegex from "ansi-regex";
import { type ExcerptSize, excerptOf } from "./failure-reason/excerpt-of.js";
import { type FailureReason, findReason } from "./failure-reason/find-reason.js";

export type { ExcerptSize } from "./failure-reason/excerpt-of.js";
export type { FailureReason } from "./failure-reason/find-reason.js";
export { groupDigits } from "./group-digits.js";

const ESCAPE_SEQUENCES = ansiRegex();

// C0 except tab and newline, DEL, C1, the marks that reverse the reading direction, and the
// separators that some terminals treat as line breaks.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- these are the characters to remove
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Removes everything that a terminal would interpret: escape sequences, control characters and
 * bidirectional marks. Tabs and newlines are kept; `\r\n` becomes `\n`. Takes time linear in the
 * length of the text.
 */
export function cleanText(text: string): string {
  UNSAFE.lastIndex = 0;
  if (!UNSAFE.test(text)) return text;
  return text.replaceAll("\r\n", "\n").replace(ESCAPE_SEQUENCES, "").replace(UNSAFE, "");
}

/**
 * Like `cleanText`, but on one line: every run of white space becomes one space, and the ends are
 * trimmed.
 */
export function cleanLine(text: string): string {
  return cleanText(text.replaceAll("\r", " "))
    .replace(/\s{2,}|[^\S ]/g, " ")
    .trim();
}

/** How many characters of a text are read for each one that is shown. The others may be removed. */
const READ_FOR_EACH_SHOWN = 8;

/**
 * Returns the beginning of a text, clean and without white space at its ends. It has at most
 * `maxLength` characters, and ends with `…` if there is more. Takes time that depends on
 * `maxLength`, not on the length of the text: use it for excerpts of an agent's output.
 */
export function cleanStart(text: string, maxLength: number): string {
  const read = text.slice(0, maxLength * READ_FOR_EACH_SHOWN);
  const isWhole = read.length === text.length;
  const clean = cleanText(isWhole ? read : read.slice(0, unfinishedAt(read))).trim();
  return isWhole && clean.length <= maxLength ? clean : `${clean.slice(0, maxLength - 1)}…`;
}

/** The longest escape sequence that is recognised across two pieces of a text, in characters. */
const MAX_SEQUENCE_LENGTH = 1024;

const INTRODUCERS = ["\u001b", "\u0090", "\u0098", "\u009b", "\u009d", "\u009e", "\u009f"];
const ONE_SEQUENCE = new RegExp(ESCAPE_SEQUENCES.source, "y");

/**
 * Returns where the text should be cut so that an escape sequence or a surrogate pair that
 * continues in the next piece stays whole: the position of an unfinished one at the end, or else
 * the length.
 */
export function unfinishedAt(text: string): number {
  const from = Math.max(0, text.length - MAX_SEQUENCE_LENGTH);
  const end = text.slice(from);
  const start = Math.max(...INTRODUCERS.map((introducer) => end.lastIndexOf(introducer)));
  if (start >= 0) {
    ONE_SEQUENCE.lastIndex = start;
    if (!ONE_SEQUENCE.test(end)) return from + start;
  }
  const unit = text.charCodeAt(text.length - 1);
  return unit >= 0xd800 && unit <= 0xdbff ? text.length - 1 : text.length;
}

/**
 * Finds what a failed program says in its output about the reason: the last line of a Python
 * traceback, the line above a stack trace, a thrown value, or a line that names an error. If no
 * line does, the last lines stand for the reason. Takes time linear in the length of the text.
 */
export function failureReason(output: string): FailureReason {
  return findReason(cleanOutput(output));
}

/**
 * The first and the last lines of a program's output, clean, and between them a line that says how
 * many were cut.
 */
export function outputExcerpt(output: string, size: ExcerptSize): string {
  return excerptOf(cleanOutput(output), size);
}

/**
 * An error message on one line: its first paragraph, followed by the reason that the rest of it
 * states.
 */
export function failureLine(message: string): string {
  const text = cleanOutput(message).trim();
  if (!text.includes("\n")) return cleanLine(text);
  // The message of a run ends with the number of its other failed steps.
  const [count = ""] = / \(and \d+ more\)$/.exec(text) ?? [];
  const body = text.slice(0, text.length - count.length);
  const end = body.search(/\n\s*\n/);
  const head = cleanLine(end < 0 ? (body.split("\n", 1)[0] ?? "") : body.slice(0, end));
  const reason = findReason(body);
  if (reason.kind === "error")
    return (includesText(head, reason.text) ? head : joined(head, reason.text)) + count;
  return (end < 0 ? cleanLine(body) : head) + count;
}

// A carriage return begins the line again, as a progress bar does.
function cleanOutput(output: string): string {
  return cleanText(output.replaceAll("\r\n", "\n").replaceAll("\r", "\n"));
}

/** How much of a reason is looked for in a message, in characters. */
const COMPARED_LENGTH = 100;

function includesText(text: string, part: string): boolean {
  return text.includes(cleanLine(part).slice(0, COMPARED_LENGTH));
}

function joined(head: string, reason: string): string {
  return `${head.replace(/[.:]$/, "")}: ${cleanLine(reason)}`;
}
