import { stripVTControlCharacters } from "node:util";

/**
 * Text that cannot move a terminal's cursor or change its colours: control characters other than
 * tab and newline are dropped.
 */
export function printable(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\t\n]/gu, "");
}
