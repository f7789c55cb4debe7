import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import type { FileCoverage } from "../test-files/coverage/Coverage.js";
import type { PointKind } from "../test-files/coverage/points.js";

/** What no case has reached, as the rest of a line that begins with the step. */
const WORDS: Readonly<Record<PointKind, string>> = {
  step: "never begins",
  handler: "never begins",
  if_false: "is never skipped by its `if`",
  empty_list: "never has an empty list",
  second_round: "never has a second round",
  rounds_used_up: "never uses up its rounds",
  approved: "is never approved",
  rejected: "is never rejected",
  expired: "never expires",
  fallback: "never falls back to another agent",
  check_fails: "never fails its check",
};

/** Returns the lines about what the cases of a suite have not reached. */
export function renderCoverage(
  out: Output,
  files: readonly FileCoverage[],
  shown: (path: string) => string,
): string[] {
  return files.flatMap(({ workflow, pointCount, missed }) => {
    const reached = pointCount - missed.length;
    const head = `coverage of ${cleanLine(shown(workflow))}: ${reached} of ${pointCount}`;
    return [
      out.paint(missed.length === 0 ? "green" : "yellow", head),
      ...missed.map(({ step, kind }) => `  ${cleanLine(step)} ${WORDS[kind]}`),
    ];
  });
}
