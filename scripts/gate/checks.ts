import type { Row } from "../../packages/benchmarks/src/row.ts";
import type { Evidence } from "./evidence.ts";
import { COVERAGE_ASKED, KNOWN_SERIOUS_BUGS, TARGETS, TESTS_ASKED } from "./plan.ts";

/** A requirement of the plan. */
export interface PlanCheck {
  readonly what: string;
  readonly asked: string;
  readonly measured: string;
  readonly isMet: boolean;
}

const UNMEASURED = "not measured: run `npm test` first";

/** All requirements of the plan: its targets are checked by the rows, the rest by the evidence. */
export function checkPlan(rows: readonly Row[], evidence: Evidence): readonly PlanCheck[] {
  return [...checkTargets(rows), ...checkTests(evidence), ...checkFiles(evidence)];
}

export function checkTargets(rows: readonly Row[]): readonly PlanCheck[] {
  return TARGETS.map(({ row, what, asked }) => {
    const found = rows.find(({ id }) => id === row);
    const isMet = found?.verdict === "pass";
    return { what, asked, measured: found?.measured ?? "not measured", isMet };
  });
}

function checkTests({ tests, untested, days, coverage }: Evidence): readonly PlanCheck[] {
  const { passed, failed, skipped } = tests;
  const shortDays = days.filter((day) => day.passed < day.asked);
  return [
    {
      what: "tests",
      asked: `${TESTS_ASKED}, all passing`,
      measured:
        untested.length > 0
          ? `no report of ${untested.join(", ")}: run \`npm test\` first`
          : `${passed} passed, ${failed} failed, ${skipped} skipped`,
      isMet: passed >= TESTS_ASKED && failed === 0 && skipped === 0,
    },
    {
      what: "tests per day",
      asked: `on ${days.length} days`,
      measured:
        shortDays.length === 0
          ? "every day has its tests"
          : `too few on days ${shortDays.map(({ number }) => number).join(", ")}`,
      isMet: shortDays.length === 0,
    },
    ...coverage.map(({ name, lines, functions }) => ({
      what: `coverage of ${name}`,
      asked: `> ${COVERAGE_ASKED} %`,
      measured:
        lines === undefined ? UNMEASURED : `lines ${lines} %, functions ${functions ?? 0} %`,
      isMet: Math.min(lines ?? 0, functions ?? 0) > COVERAGE_ASKED,
    })),
  ];
}

function checkFiles({ deliverables, missingDocuments }: Evidence): readonly PlanCheck[] {
  const missing = deliverables.filter(({ isComplete }) => !isComplete).map(({ what }) => what);
  const describe = (names: readonly string[]): string =>
    names.length === 0 ? "complete" : `missing: ${names.join(", ")}`;
  return [
    {
      what: "P0 and P1 bugs",
      asked: "none",
      measured: KNOWN_SERIOUS_BUGS.length === 0 ? "none known" : KNOWN_SERIOUS_BUGS.join("; "),
      isMet: KNOWN_SERIOUS_BUGS.length === 0,
    },
    {
      what: "deliverables",
      asked: `all ${deliverables.length}`,
      measured: describe(missing),
      isMet: missing.length === 0,
    },
    {
      what: "documents",
      asked: "complete",
      measured: describe(missingDocuments),
      isMet: missingDocuments.length === 0,
    },
  ];
}

/** The rows whose bars the plan does not require. */
export const ownBars = (rows: readonly Row[]): readonly Row[] =>
  rows.filter(({ id }) => !TARGETS.some(({ row }) => row === id));

/** The last line of the gate. */
export function closingLine(plan: readonly PlanCheck[], own: readonly Row[]): string {
  const unmet = plan.filter(({ isMet }) => !isMet).map(({ what }) => what);
  const missed = own.filter(({ verdict }) => verdict !== "pass").map(({ id }) => id);
  const far = own.filter(({ verdict }) => verdict === "far").map(({ id }) => id);
  const list = (label: string, names: readonly string[]): string =>
    names.length === 0 ? "" : `; ${label}: ${names.join(", ")}`;
  const metPlan = `The plan: ${plan.length - unmet.length} of ${plan.length} met`;
  const metOwn = `Our own bars: ${own.length - missed.length} of ${own.length} met`;
  return (
    metPlan +
    `${list("not met", unmet)}. ${metOwn}` +
    list("missed", missed) +
    `${list("far off, which fails", far)}.`
  );
}
