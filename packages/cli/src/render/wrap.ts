import type { Output } from "../Output.js";
import { displayWidth } from "./display-width.js";

/**
 * Splits human-readable text into lines. On a terminal, lines are wrapped between words, and every
 * line after the first is indented; elsewhere they are not changed.
 */
export function wrap(out: Output, text: string, indent: string, columns = out.columns): string[] {
  if (!out.isTty) return text.split("\n");
  return text.split("\n").flatMap((line) => wrapLine(line, columns, indent));
}

function wrapLine(line: string, columns: number, indent: string): string[] {
  const [margin = ""] = /^ */.exec(line) ?? [];
  const [first = "", ...others] = line.slice(margin.length).split(" ");
  const lines: string[] = [];
  let current = margin + first;
  // Each word is measured once: a line may consist of a long text without width.
  let width = displayWidth(current);
  for (const word of others) {
    const wordWidth = displayWidth(word);
    if (width + 1 + wordWidth <= columns) {
      current = `${current} ${word}`;
      width += 1 + wordWidth;
    } else {
      lines.push(current);
      current = indent + word;
      width = displayWidth(indent) + wordWidth;
    }
  }
  return [...lines, current];
}
