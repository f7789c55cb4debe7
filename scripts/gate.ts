// `npm run gate`: measures every target of the plan and the rows of `npm run bench` in one run on
// this machine, next to the machine's own floor. Tests and coverage are read from the reports of
// the last `npm test`; run that first. Writes docs/phase-4-report.md and gate-report.json.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { measureRows, SHORT } from "../packages/benchmarks/src/groups.ts";
import { describeMachine, WORDS } from "../packages/benchmarks/src/page.ts";
import type { Row } from "../packages/benchmarks/src/row.ts";
import { checkPlan, closingLine, ownBars } from "./gate/checks.ts";
import { readEvidence } from "./gate/evidence.ts";
import { REPORT, writeReport } from "./gate/report.ts";
import { readFlags } from "./read-flags.ts";
import { root } from "./turbo.ts";

readFlags(
  `npm run gate
  measures every target of the plan and the rows of the benchmark, about five minutes, and writes
  ${REPORT} and gate-report.json; tests and coverage are those of the last \`npm test\``,
  {},
);

const crowdings: number[] = [];
const rows = await measure();
const evidence = readEvidence();
const plan = checkPlan(rows, evidence);
const own = ownBars(rows);
const passed = plan.every(({ isMet }) => isMet) && own.every(({ verdict }) => verdict !== "far");
const [at, machine] = [new Date().toISOString(), describeMachine()];

writeFileSync(
  path.join(root, REPORT),
  writeReport({ at, machine, crowdings, plan, rows, evidence }),
);
writeFileSync(
  path.join(root, "gate-report.json"),
  `${JSON.stringify({ at, machine, crowdings, passed, plan, rows, evidence }, undefined, 2)}\n`,
);
printTable(
  ["the plan", "asked", "measured", ""],
  plan.map(({ what, asked, measured, isMet }) => [
    what,
    asked,
    measured,
    isMet ? "met" : "NOT MET",
  ]),
);
printTable(
  ["our own bars", "bar", "measured", ""],
  own.map(({ what, bar, measured, verdict }) => [what, bar, measured, WORDS[verdict]]),
);
for (const { what, verdict, reason } of own)
  if (verdict !== "pass") console.log(`${what}: ${reason}`);
console.log(`The report is ${REPORT}; gate-report.json holds the same as data.`);
console.log(closingLine(plan, own));
process.exitCode = passed ? 0 : 1;

async function measure(): Promise<readonly Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "gate-"));
  try {
    return await measureRows(SHORT, folder, ({ rows: measured, seconds, crowding }) => {
      crowdings.push(crowding);
      for (const { what } of measured) console.error(`measured ${what}`);
      console.error(`${seconds.toFixed(1)} s, on a processor shared by ${crowding.toFixed(1)}`);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function printTable(head: readonly string[], lines: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  for (const line of [head, ...lines])
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  console.log("");
}
