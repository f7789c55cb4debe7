import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkPlan } from "../gate/checks.ts";
import { readEvidence } from "../gate/evidence.ts";
import { formOf, REPORT, writeReport } from "../gate/report.ts";
import { root } from "../turbo.ts";

/**
 * Compares the completion report with the form that the gate would write now: its sections,
 * deliverables, targets, packages and days. The figures depend on the machine and are not compared.
 */
export function completionReport(): string[] {
  const remedy = "Run `npm test` and `npm run gate`.";
  if (!existsSync(join(root, REPORT))) return [`${REPORT} is missing. ${remedy}`];
  const evidence = readEvidence();
  const plan = checkPlan([], evidence);
  const facts = { at: "", machine: "", crowdings: [], plan, rows: [], evidence };
  const wanted = formOf(writeReport(facts));
  const found = formOf(readFileSync(join(root, REPORT), "utf8"));
  return [
    ...wanted.filter((part) => !found.includes(part)).map((part) => `it lacks: ${part}`),
    ...found.filter((part) => !wanted.includes(part)).map((part) => `it is out of date: ${part}`),
  ].map((problem) => `${REPORT}: ${problem}. ${remedy}`);
}
