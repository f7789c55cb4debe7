/**
 * @automatosx/workflow/terminal-text: text of agents and definitions, made safe to print on a
 * terminal.
 */
import ansiRegex from "ansi-regex";

const ESCAPE_SEQUENCES = ansiRegex();

// C0 except tab and newline, DEL, C1, the marks that reverse the reading direction, and the
// separators that some terminals take as a line break.
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- these are the characters to remove
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Removes everything that a terminal would obey: escape sequences, control characters and
 * bidirectional marks. Tabs and newlines stay; `\r\n` becomes `\n`. Takes time linear in the length
 * of the text.
 */
export function cleanText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(ESCAPE_SEQUENCES, "").replace(UNSAFE, "");
}

/**
 * As `cleanText`, on one line: every run of white space becomes one space, and the ends are
 * trimmed.
 */
export function cleanLine(text: string): string {
  return cleanText(text.replaceAll("\r", " ")).replace(/\s+/g, " ").trim();
}
