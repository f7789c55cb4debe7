import type { IssueList } from "./IssueList.js";
import type { Span } from "./SourceText.js";
import type { Path } from "./source-tree.js";

// Tab, line feed and carriage return are text; the other controls end strings in C libraries or act on terminals.
// oxlint-disable-next-line no-control-regex -- these are what has to be found.
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

function badCharacterAt(text: string): number {
  const control = text.search(CONTROL);
  if (control >= 0) return control;
  return text.isWellFormed() ? -1 : text.search(LONE_SURROGATE);
}

/** Is there a character in it that no definition may have? */
export function hasBadCharacter(text: string): boolean {
  return badCharacterAt(text) >= 0;
}

function nameOf(unit: number): string {
  const hex = unit.toString(16).toUpperCase().padStart(4, "0");
  return unit >= 0xd800 ? `half of a character (U+${hex})` : `the control character U+${hex}`;
}

/** Reports the first character of the text itself that no definition may have; true when there is one. */
export function refuseBadText(issues: IssueList): boolean {
  const { text } = issues.source;
  const at = badCharacterAt(text);
  if (at < 0) return false;
  issues.add("badCharacter", [], [at, at + 1], `the text contains ${nameOf(text.charCodeAt(at))}`);
  return true;
}

/** Reports a bad character that a string got by an escape, such as `"\u0000"`. */
export function checkString(value: string, path: Path, span: Span, issues: IssueList): void {
  const at = badCharacterAt(value);
  if (at < 0) return;
  issues.add(
    "badCharacter",
    path,
    span,
    `an escape gives ${nameOf(value.charCodeAt(at))}`,
    "remove the escape",
  );
  issues.markWrong(path);
}

/** Reports numbers that would change by being read: infinite ones, NaN, and integers beyond 2^53. */
export function checkNumber(
  value: number,
  written: string,
  path: Path,
  span: Span,
  issues: IssueList,
): void {
  const isInteger = /^[-+]?(?:\d+|0x[0-9a-f]+|0o[0-7]+)$/i.test(written);
  if (Number.isFinite(value) && (!isInteger || Number.isSafeInteger(value))) return;
  const message = Number.isFinite(value)
    ? `this number would be read as ${value}`
    : "this number is not finite";
  issues.add("badNumber", path, span, message);
  issues.markWrong(path);
}
