import type { RunModel } from "./RunModel.js";

/** What happened to a step in the runs of many worlds. */
export interface StepTotals {
  /** Runs in which the step started. */
  readonly runCount: number;
  /** How often its agent was called. */
  readonly attemptCount: number;
  /** Attempts that failed, not counting those that were interrupted. */
  readonly failedAttemptCount: number;
  /** Attempts that repeat one that was lost because its process died. */
  readonly repeatedAttemptCount: number;
  /** Runs in which the step failed and no retry was left. */
  readonly failedRunCount: number;
  /**
   * How many more runs complete if the step has one more retry, in the same worlds. Undefined
   * unless this was tried.
   */
  readonly gainedRunCount?: number;
}

/** Totals of steps, by id, in the order of the workflow. */
export type StepTotalsById = Readonly<Record<string, StepTotals>>;

/** The steps of one run, by the id under which they are written: all items and rounds together. */
export function stepsOfRun(model: RunModel): StepTotalsById {
  const sums = new Map<string, StepTotals>();
  for (const [path, { isLeaf, step, newestAttempt, repeated, hasRunOut }] of model.steps) {
    // What checks an answer is no step of the file.
    if (!isLeaf || /:(check-\d+|reconcile)$/.test(path)) continue;
    const before = sums.get(step.id);
    sums.set(step.id, {
      runCount: newestAttempt > 0 ? 1 : (before?.runCount ?? 0),
      attemptCount: newestAttempt + (before?.attemptCount ?? 0),
      failedAttemptCount: (model.failures.get(path) ?? 0) + (before?.failedAttemptCount ?? 0),
      repeatedAttemptCount: repeated + (before?.repeatedAttemptCount ?? 0),
      failedRunCount: hasRunOut ? 1 : (before?.failedRunCount ?? 0),
    });
  }
  return Object.fromEntries(sums);
}

export function addStepTotals(parts: readonly StepTotalsById[]): StepTotalsById {
  const sums = new Map<string, StepTotals>();
  for (const part of parts)
    for (const [id, totals] of Object.entries(part)) {
      const sum = sums.get(id);
      sums.set(id, sum === undefined ? totals : add(sum, totals));
    }
  return Object.fromEntries(sums);
}

function add(one: StepTotals, other: StepTotals): StepTotals {
  const gains = [one.gainedRunCount, other.gainedRunCount].filter((gain) => gain !== undefined);
  return {
    runCount: one.runCount + other.runCount,
    attemptCount: one.attemptCount + other.attemptCount,
    failedAttemptCount: one.failedAttemptCount + other.failedAttemptCount,
    repeatedAttemptCount: one.repeatedAttemptCount + other.repeatedAttemptCount,
    failedRunCount: one.failedRunCount + other.failedRunCount,
    ...(gains.length > 0 && { gainedRunCount: gains.reduce((sum, gain) => sum + gain, 0) }),
  };
}
