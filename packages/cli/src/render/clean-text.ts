import { stripVTControlCharacters } from "node:util";

// C0 but tab and newline, DEL, C1, and the marks that turn the reading direction around or break a line.
// oxlint-disable-next-line no-control-regex -- these are the characters to take out
const DANGEROUS =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text of an agent or a definition without anything that a terminal would obey; newlines and tabs stay. */
export function cleanText(text: string): string {
  return stripVTControlCharacters(text.replaceAll("\r\n", "\n")).replace(DANGEROUS, "");
}

/** The same as one line: every run of white space is one space. */
export function cleanLine(text: string): string {
  return cleanText(text.replaceAll("\r", " ")).replace(/\s+/g, " ").trim();
}
