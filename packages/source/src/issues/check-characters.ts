import { numberChange } from "../read/exact-number.js";
import type { Span } from "../text/SourceText.js";
import type { IssueList, Path } from "./IssueList.js";
import { TEXT_ISSUES } from "./text-issues.js";

// Tabs, line feeds and carriage returns are text. The other control characters terminate strings in
// C libraries or are interpreted by terminals.
const CONTROL =
  // oxlint-disable-next-line no-control-regex -- the expression looks for these characters.
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** Returns whether the text contains a character that is not allowed in a definition. */
export function hasBadCharacter(text: string): boolean {
  return badCharacterAt(text) >= 0;
}

/**
 * Reports the first character in the source that is not allowed in a definition. Returns true if
 * there is one.
 */
export function refuseBadText(issues: IssueList): boolean {
  const { text } = issues.source;
  const at = badCharacterAt(text);
  if (at < 0) return false;
  const name = nameOf(text.charCodeAt(at));
  issues.add(TEXT_ISSUES.badCharacter, [], [at, at + 1], `the text contains ${name}`);
  return true;
}

/** Reports a disallowed character that an escape produces in a string, such as `"\u0000"`. */
export function checkString(
  value: string,
  pathOf: () => Path,
  span: Span,
  issues: IssueList,
): void {
  const at = badCharacterAt(value);
  if (at < 0) return;
  const path = pathOf();
  const message = `an escape produces ${nameOf(value.charCodeAt(at))}`;
  issues.add(TEXT_ISSUES.badCharacter, path, span, message, "remove the escape");
  issues.markWrong(path);
}

/** Reports a number that would change when it is read: see `numberChange`. */
export function checkNumber(
  value: number,
  written: string,
  pathOf: () => Path,
  span: Span,
  issues: IssueList,
): void {
  if (Number.isSafeInteger(value) && /^[1-9]\d{0,14}$/.test(written)) return;
  const change = numberChange(written, value);
  if (change === undefined) return;
  const path = pathOf();
  issues.add(TEXT_ISSUES.badNumber, path, span, `this number ${change}`);
  issues.markWrong(path);
}

function badCharacterAt(text: string): number {
  const control = text.search(CONTROL);
  if (control >= 0) return control;
  return text.isWellFormed() ? -1 : text.search(LONE_SURROGATE);
}

function nameOf(unit: number): string {
  const hex = unit.toString(16).toUpperCase().padStart(4, "0");
  return unit >= 0xd800 ? `an unpaired surrogate (U+${hex})` : `the control character U+${hex}`;
}
