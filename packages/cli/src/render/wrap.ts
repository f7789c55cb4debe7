import type { Output } from "../Output.js";
import { displayWidth } from "./display-width.js";

/**
 * The lines of a text for people. On a terminal they are broken between words so that each fits,
 * with every line after the first indented; elsewhere they stay as they are.
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
