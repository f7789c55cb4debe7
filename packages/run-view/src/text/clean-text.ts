import ansiRegex from "ansi-regex";

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
