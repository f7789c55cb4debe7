import { cleanLine } from "@automatosx/workflow/terminal-text";
import { type Output, safeJson } from "../Output.js";
import type { Case } from "../test-files/Case.js";
import type { Mismatch } from "../test-files/compare.js";
import type { CaseOutcome } from "../test-files/play-case.js";

/** A case, and how it went. */
export type PlayedCase = CaseOutcome & { readonly case: Case };

/** How much of a value is shown, in characters. */
const MAX_VALUE_CHARS = 2_000;

const INDENT = " ".repeat(8);

/** Returns the lines about one case: its name, and each difference from what it expects. */
export function renderCase(out: Output, { case: one, ...outcome }: PlayedCase): string[] {
  const id = cleanLine(one.id);
  switch (outcome.outcome) {
    case "passed":
      return [`${out.paint("green", "passed")}  ${id}`];
    case "not_yet":
      return [`not yet: ${id} (${cleanLine(outcome.construct)})`];
    case "failed": {
      const title = one.title === undefined ? "" : `  ${cleanLine(one.title)}`;
      return [
        `${out.paint("red", "failed")}  ${id}${title}`,
        ...outcome.mismatches.flatMap(renderMismatch),
      ];
    }
  }
}

function renderMismatch({ at, expected, found }: Mismatch): string[] {
  return [
    `${INDENT}${cleanLine(at)}`,
    `${INDENT}  expected  ${shown(expected)}`,
    `${INDENT}  found     ${shown(found)}`,
  ];
}

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = cleanLine(safeJson(value));
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS - 1)}…` : text;
}

/** Returns the last lines of a report. */
export function tallyLines({
  passed,
  failed,
  notYet,
}: {
  readonly passed: number;
  readonly failed: number;
  readonly notYet: number;
}): string[] {
  return [
    ...(notYet > 0 ? [`${notYet} not yet in this version`] : []),
    `${passed} passed, ${failed} failed`,
  ];
}
