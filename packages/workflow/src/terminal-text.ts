/**
 * @automatosx/workflow/terminal-text: makes text from agents and definitions safe to print on a
 * terminal.
 */
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
  return text.replaceAll("\r\n", "\n").replace(ESCAPE_SEQUENCES, "").replace(UNSAFE, "");
}

/**
 * Like `cleanText`, but on one line: every run of white space becomes one space, and the ends are
 * trimmed.
 */
export function cleanLine(text: string): string {
  return cleanText(text.replaceAll("\r", " ")).replace(/\s+/g, " ").trim();
}
