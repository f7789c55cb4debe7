/** Half-open, in UTF-16 units from the start of the text. */
export type Span = readonly [start: number, end: number];

/** Maximum number of characters of a line that an excerpt shows. */
const EXCERPT_WIDTH = 120;
/** Maximum length of a quotation in a message, in characters. */
const QUOTED_LENGTH = 60;
// The terminal that prints the message would interpret escape sequences and direction marks, and
// readers cannot see the others.
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex -- the expression looks for these characters.
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Replaces each character that a terminal would interpret with one other character, so that columns
 * do not change.
 */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd");
}

/**
 * Quotes a piece of the user's text for a message: in backticks, printable, 60 characters or fewer.
 */
export function quoted(text: string): string {
  const short = text.length > QUOTED_LENGTH ? `${text.slice(0, QUOTED_LENGTH - 1)}…` : text;
  return `\`${printable(short)}\``;
}

/** A text with the line and column of each offset, and with excerpts for messages. */
export class SourceText {
  /** The whole text. */
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Returns the line and column, both from 1. Columns count UTF-16 units, as in editors. */
  position(offset: number): { line: number; column: number } {
    const starts = this.#starts();
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }

  /**
   * Returns the line in which the span starts, with carets under the span. Of a long line, it shows
   * only the part around the span.
   */
  excerpt([start, end]: Span): string {
    const { line, column } = this.position(start);
    const lineStart = start - column + 1;
    const lineEnd = this.#starts()[line] ?? this.text.length + 1;
    const from = column > EXCERPT_WIDTH - 20 ? start - EXCERPT_WIDTH / 2 : lineStart;
    const to = Math.min(lineEnd - 1, from + EXCERPT_WIDTH);
    const shown = this.text.slice(from, to).replace(/\r$/, "");
    const lead = from > lineStart ? "…" : "";
    const trail = to < lineEnd - 1 ? "…" : "";
    const padding = `${lead && " "}${shown.slice(0, start - from).replace(/[^\t]/g, " ")}`;
    const carets = "^".repeat(Math.max(1, Math.min(end, from + shown.length) - start));
    const gutter = String(line);
    const margin = " ".repeat(gutter.length);
    return `${gutter} | ${lead}${printable(shown)}${trail}\n${margin} | ${padding}${carets}`;
  }

  #starts(): number[] {
    if (this.#lineStarts) return this.#lineStarts;
    const starts = [0];
    for (let at = this.text.indexOf("\n"); at >= 0; at = this.text.indexOf("\n", at + 1))
      starts.push(at + 1);
    this.#lineStarts = starts;
    return starts;
  }
}
