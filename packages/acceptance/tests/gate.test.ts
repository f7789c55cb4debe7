import { describe, expect, test } from "vitest";
import { checkPlan, closingLine } from "../../../scripts/gate/checks.ts";
import type { Evidence } from "../../../scripts/gate/evidence.ts";
import { formOf, writeReport } from "../../../scripts/gate/report.ts";
import { atMost, type Row } from "../../benchmarks/src/row.ts";
import type { RowId } from "../../benchmarks/src/titles.ts";

const row = (id: RowId, value: number): Row =>
  atMost(id, value, 10, { unit: " ms", reason: "It waits." });

const PLAN_ROWS = [
  "plan-start",
  "plan-step",
  "plan-checkpoint",
  "plan-parallel",
  "plan-write",
] as const;
const fast = PLAN_ROWS.map((id) => row(id, 1));

const evidence: Evidence = {
  tests: { passed: 100, failed: 0, skipped: 0 },
  untested: [],
  days: [{ number: "1", title: "State", asked: 9, passed: 20 }],
  coverage: [{ name: "schemas", lines: 99, functions: 98 }],
  deliverables: [{ what: "Schemas", asked: "~150 lines", here: "200 lines", isComplete: true }],
  missingDocuments: [],
};

const unmet = (rows: readonly Row[], seen: Evidence): string[] =>
  checkPlan(rows, seen)
    .filter(({ isMet }) => !isMet)
    .map(({ what }) => what);

describe("checkPlan", () => {
  test("passes every check if the rows are fast and the evidence is complete", () => {
    expect(unmet(fast, evidence)).toEqual([]);
  });

  test("lists each check whose evidence is slow, failing, uncovered or missing", () => {
    const rows = [row("plan-start", 11), ...fast.slice(1)];
    const seen: Evidence = {
      tests: { passed: 100, failed: 1, skipped: 0 },
      untested: [],
      days: [{ number: "1", title: "State", asked: 9, passed: 8 }],
      coverage: [{ name: "schemas", lines: 99, functions: 85 }],
      deliverables: [{ what: "Schemas", asked: "", here: "missing", isComplete: false }],
      missingDocuments: ["README.md"],
    };
    expect(unmet(rows, seen)).toEqual([
      "workflow initiation",
      "tests",
      "tests per day",
      "coverage of schemas",
      "deliverables",
      "documents",
    ]);
  });

  test("does not pass a check that has no measurement", () => {
    const coverage = [{ name: "schemas", lines: undefined, functions: undefined }];
    expect(unmet(fast.slice(1), { ...evidence, coverage })).toEqual([
      "workflow initiation",
      "coverage of schemas",
    ]);
  });
});

describe("closingLine", () => {
  test("counts the plan's checks separately from our own bars", () => {
    const plan = checkPlan(fast, evidence);
    expect(closingLine(plan, [row("show", 1), row("version", 11), row("resume", 30)])).toBe(
      "The plan: 11 of 11 met. Our own bars: 1 of 3 met; missed: version, resume; far off, " +
        "which fails: resume.",
    );
  });
});

describe("writeReport", () => {
  const reportOf = (rows: readonly Row[]): string =>
    writeReport({
      at: "2026-02-28",
      machine: "one machine",
      crowdings: [1, 1.5],
      plan: checkPlan(rows, evidence),
      rows,
      evidence,
    });

  test("produces the same form for any figures", () => {
    expect(formOf(reportOf([...fast, row("show", 11)]))).toEqual(formOf(reportOf([])));
  });

  test("lists the gaps with their reasons", () => {
    expect(reportOf([...fast, row("show", 11)])).toContain(
      "- The plan: none.\n- Our own bar, axw show RUN, whole process: ≤ 10 ms; 11 ms. It waits.\n",
    );
  });
});
