import { describeCrowding } from "../../packages/benchmarks/src/page.ts";
import type { Row } from "../../packages/benchmarks/src/row.ts";
import { checkTargets, closingLine, ownBars, type PlanCheck } from "./checks.ts";
import type { Evidence } from "./evidence.ts";

/** The path of the report, relative to the repository's root. */
export const REPORT = "docs/phase-4-report.md";

export interface ReportFacts {
  readonly at: string;
  readonly machine: string;
  /** How many times longer work took than on a dedicated processor, after each group of rows. */
  readonly crowdings: readonly number[];
  readonly plan: readonly PlanCheck[];
  readonly rows: readonly Row[];
  readonly evidence: Evidence;
}

/** The text of docs/phase-4-report.md: the plan compared with the current state. */
export function writeReport(facts: ReportFacts): string {
  const { at, machine, crowdings, plan, rows, evidence } = facts;
  const own = ownBars(rows);
  return `# Phase 4 completion report

Written by \`npm run gate\` on ${at}: ${machine}.
${describeCrowding(crowdings)}
${closingLine(plan, own)}

## Deliverables

The plan estimates lines; a deliverable is met by what it does, which the tests below check.

${table(
  ["deliverable", "the plan asks", "here"],
  evidence.deliverables.map(({ what, asked, here }) => [what, asked, here]),
)}

## Performance targets

Next to each figure stands this machine's floor: a bare transaction is one synced insert of 1 KB.

${table(
  ["target", "the plan asks", "measured", ""],
  checkTargets(rows).map((check) => [check.what, check.asked, check.measured, isMet(check)]),
)}

## Quality

${table(
  ["metric", "the plan asks", "measured", ""],
  plan
    .filter(({ what }) => !checkTargets(rows).some((target) => target.what === what))
    .map((check) => [check.what, check.asked, check.measured, isMet(check)]),
)}

## Tests per day

A test file may belong to more than one day.

${table(
  ["day", "title", "the plan asks", "passed here"],
  evidence.days.map(({ number, title, asked, passed }) => [
    number,
    title,
    String(asked),
    String(passed),
  ]),
)}

## Open gaps

${gaps(plan, own)}
- What the promises do not cover: [Known gaps](internals/promises.md#known-gaps).
`;
}

function gaps(plan: readonly PlanCheck[], own: readonly Row[]): string {
  const unmet = plan
    .filter((check) => !check.isMet)
    .map(({ what, asked, measured }) => `- The plan, ${what}: ${asked}; ${measured}.`);
  const missed = own
    .filter(({ verdict }) => verdict !== "pass")
    .map(
      ({ what, bar, measured, reason }) => `- Our own bar, ${what}: ${bar}; ${measured}. ${reason}`,
    );
  return [
    ...(unmet.length === 0 ? ["- The plan: none."] : unmet),
    ...(missed.length === 0 ? ["- Our own bars: none."] : missed),
  ].join("\n");
}

const isMet = ({ isMet: met }: PlanCheck): string => (met ? "met" : "not met");

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** The headings of a report, and the first cells of its tables: all but the figures. */
export function formOf(report: string): readonly string[] {
  return report.split("\n").flatMap((line) => {
    if (line.startsWith("#")) return [line];
    const [, cell] = /^\| ([^|]*) \|/.exec(line) ?? [];
    return cell === undefined || cell === "---" ? [] : [cell];
  });
}
