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

/** The steps of one run. */
export function stepsOfRun(model: RunModel): StepTotalsById {
  return Object.fromEntries(
    [...model.steps].map(([id, step]) => [
      id,
      {
        runCount: step.newestAttempt > 0 ? 1 : 0,
        attemptCount: step.newestAttempt,
        failedAttemptCount: model.failures.get(id) ?? 0,
        repeatedAttemptCount: step.repeated,
        failedRunCount: step.hasRunOut ? 1 : 0,
      },
    ]),
  );
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
