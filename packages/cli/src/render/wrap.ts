import { stripVTControlCharacters } from "node:util";
import type { Output } from "../Output.js";
import { canBreakAnywhere, displayWidth, splitAtWidth } from "./display-width.js";

/**
 * Splits human-readable text into lines. On a terminal, lines are wrapped between words, and every
 * line after the first is indented; elsewhere they are not changed.
 */
export function wrap(out: Output, text: string, indent: string, columns = out.columns): string[] {
  if (!out.isTty) return text.split("\n");
  return text.split("\n").flatMap((line) => wrapLine(line, columns, indent));
}

/**
 * Like `wrap`, for a text after a word with a style, such as a status. Its escapes take no cells.
 */
export function wrapAfter(
  out: Output,
  styled: string,
  text: string,
  indent: string,
  columns = out.columns,
): string[] {
  const width = displayWidth(stripVTControlCharacters(styled));
  const [first = "", ...others] = wrap(out, " ".repeat(width) + text, indent, columns);
  return [styled + first.slice(width), ...others];
}

function wrapLine(line: string, columns: number, indent: string): string[] {
  const [margin = ""] = /^ */.exec(line) ?? [];
  const lines: string[] = [];
  const room = columns - displayWidth(indent);
  let current = margin;
  let separator = "";
  // Each word is measured once: a line may consist of a long text without width.
  let width = displayWidth(current);
  for (const word of line.slice(margin.length).split(" ")) {
    const wordWidth = displayWidth(word);
    if (separator === "" || width + 1 + wordWidth <= columns) {
      current += separator + word;
      width += separator.length + wordWidth;
    } else if (wordWidth > room && canBreakAnywhere(word)) {
      const [first = "", ...others] = pieces(word, columns - width - 1, room);
      lines.push(
        `${current} ${first}`.trimEnd(),
        ...others.slice(0, -1).map((piece) => indent + piece),
      );
      current = indent + (others.at(-1) ?? "");
      width = displayWidth(current);
    } else {
      lines.push(current);
      current = indent + word;
      width = columns - room + wordWidth;
    }
    separator = " ";
  }
  return [...lines, current];
}

/** Fewer cells at the end of a line are left free. */
const MIN_PIECE = 2;

/** Divides a text into pieces: the first of at most `first` cells, the others of `room` cells. */
function pieces(text: string, first: number, room: number): string[] {
  const found: string[] = [];
  let rest = text;
  for (let width = first; rest !== ""; width = Math.max(MIN_PIECE, room)) {
    const [piece, after] = width < MIN_PIECE ? ["", rest] : splitAtWidth(rest, width);
    found.push(piece);
    rest = after;
  }
  return found;
}
