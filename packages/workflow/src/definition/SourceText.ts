/** Half-open, in UTF-16 units from the text's beginning. */
export type Span = readonly [start: number, end: number];

const EXCERPT_WIDTH = 120;
// Escape sequences and direction marks would act on the terminal that prints the message.
const UNPRINTABLE =
  // oxlint-disable-next-line no-control-regex -- the expression looks for these characters.
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** The text with whatever could act on a terminal replaced, one unit for one unit. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd");
}

/** A piece of the user's text for a message: in backticks, printable, at most 60 characters. */
export function quoted(text: string): string {
  return `\`${printable(text.length > 60 ? `${text.slice(0, 59)}…` : text)}\``;
}

/** A definition's text: finds line and column of an offset, and cuts excerpts. */
export class SourceText {
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** Line and column, both from 1; the column in UTF-16 units, as editors count. */
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

  /** The line of the span's beginning with carets under the span; of a long line, the part around it. */
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
    return `${gutter} | ${lead}${printable(shown)}${trail}\n${" ".repeat(gutter.length)} | ${padding}${carets}`;
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
