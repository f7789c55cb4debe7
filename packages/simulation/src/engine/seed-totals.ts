import type { Fault } from "./Fault.js";
import type { SeedReport } from "./run-seed.js";
import { addStepTotals, type StepTotalsById } from "./step-totals.js";

/** A failed seed, with the smallest set of faults that makes it fail. */
export interface FailedSeed {
  readonly seed: number;
  readonly failures: readonly string[];
  readonly faults: readonly string[];
  readonly trace: readonly string[];
}

/** The results of many seeds. */
export interface SeedTotals {
  readonly seedCount: number;
  readonly runCount: number;
  /** Faults that happened. */
  readonly faultCount: number;
  /** The same by kind. */
  readonly faultKinds: Readonly<Partial<Record<Fault["kind"], number>>>;
  /** What happened to each step; empty unless all seeds run the same workflow. */
  readonly steps: StepTotalsById;
  readonly endings: Readonly<Record<"completed" | "failed" | "cancelled" | "open", number>>;
  /**
   * For each seed, the time from the first start to the end of the last run, in simulated ms;
   * sorted in ascending order.
   */
  readonly makespansMs: readonly number[];
  /** The first few failed seeds of each thread, with their traces. */
  readonly failed: readonly FailedSeed[];
  readonly failedCount: number;
}

/** The parts of a report that are added up. */
export type CountedReport = Pick<
  SeedReport,
  "endings" | "firedCount" | "firedKinds" | "makespanMs"
>;

export function totalsOf(
  reports: readonly CountedReport[],
  steps: StepTotalsById,
  failed: readonly FailedSeed[],
  failedCount: number,
): SeedTotals {
  const endings = { completed: 0, failed: 0, cancelled: 0, open: 0 };
  for (const report of reports) for (const ending of report.endings) endings[ending] += 1;
  return {
    seedCount: reports.length,
    runCount: reports.reduce((sum, report) => sum + report.endings.length, 0),
    faultCount: reports.reduce((sum, { firedCount }) => sum + firedCount, 0),
    faultKinds: addKinds(reports.map(({ firedKinds }) => firedKinds)),
    steps,
    endings,
    makespansMs: reports.map(({ makespanMs }) => makespanMs).sort((a, b) => a - b),
    failed: failed.map(({ seed, failures, faults, trace }) => ({ seed, failures, faults, trace })),
    failedCount,
  };
}

export function addTotals(parts: readonly SeedTotals[]): SeedTotals {
  const sum = (of: (part: SeedTotals) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  return {
    seedCount: sum(({ seedCount }) => seedCount),
    runCount: sum(({ runCount }) => runCount),
    faultCount: sum(({ faultCount }) => faultCount),
    faultKinds: addKinds(parts.map(({ faultKinds }) => faultKinds)),
    steps: addStepTotals(parts.map(({ steps }) => steps)),
    endings: {
      completed: sum(({ endings }) => endings.completed),
      failed: sum(({ endings }) => endings.failed),
      cancelled: sum(({ endings }) => endings.cancelled),
      open: sum(({ endings }) => endings.open),
    },
    makespansMs: parts.flatMap(({ makespansMs }) => makespansMs).sort((a, b) => a - b),
    failed: parts.flatMap(({ failed }) => failed).sort((a, b) => a.seed - b.seed),
    failedCount: sum(({ failedCount }) => failedCount),
  };
}

function addKinds(parts: readonly SeedTotals["faultKinds"][]): SeedTotals["faultKinds"] {
  const sums: Partial<Record<Fault["kind"], number>> = {};
  for (const part of parts)
    for (const [kind, count] of Object.entries(part) as [Fault["kind"], number][])
      sums[kind] = (sums[kind] ?? 0) + count;
  return sums;
}
