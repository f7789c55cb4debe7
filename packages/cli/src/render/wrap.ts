import type { Output } from "../Output.js";
import { displayWidth } from "./display-width.js";

/**
 * Splits human-readable text into lines. On a terminal, lines are wrapped between words, and every
 * line after the first is indented; elsewhere they are not changed.
 */
export function wrap(out: Output, text: string, indent: string): string[] {
  if (!out.isTty) return text.split("\n");
  return text.split("\n").flatMap((line) => wrapLine(line, out.columns, indent));
}

function wrapLine(line: string, columns: number, indent: string): string[] {
  const [margin = ""] = /^ */.exec(line) ?? [];
  const [first = "", ...others] = line.slice(margin.length).split(" ");
  const lines: string[] = [];
  let current = margin + first;
  for (const word of others) {
    const longer = `${current} ${word}`;
    if (displayWidth(longer) <= columns) current = longer;
    else {
      lines.push(current);
      current = indent + word;
    }
  }
  return [...lines, current];
}
