import { groupDigits } from "../group-digits.js";
import { cutMiddle } from "../message-of.js";

/** How much of a text an excerpt shows. */
export interface ExcerptSize {
  /** How many lines to keep from the start. */
  readonly firstLines: number;
  /** How many lines to keep from the end. */
  readonly lastLines: number;
  /** Maximum length of the excerpt, in characters. */
  readonly maxChars: number;
}

/**
 * The first and the last lines of a text, and between them a line that says how many were cut.
 * Blank lines at both ends are omitted. The text must be clean.
 */
export function excerptOf(text: string, { firstLines, lastLines, maxChars }: ExcerptSize): string {
  const lines = text
    .replace(/^(?:[^\S\n]*\n)+/, "")
    .trimEnd()
    .split("\n");
  const cutCount = lines.length - firstLines - lastLines;
  // A mark for one line would take as much room as the line.
  if (cutCount <= 1) return cutMiddle(lines.join("\n"), maxChars);
  return cutMiddle(
    [
      ...lines.slice(0, firstLines),
      `[… ${groupDigits(cutCount)} lines …]`,
      ...lines.slice(lines.length - lastLines),
    ].join("\n"),
    maxChars,
  );
}
