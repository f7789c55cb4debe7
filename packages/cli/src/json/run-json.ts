import type { StepDefinition } from "@automatosx/schemas";
import type { CheckedCheckpoint, Metrics, StepInfo, StoredRun } from "@automatosx/workflow/observe";
import type { BudgetReport, RunView } from "@automatosx/workflow/run-view";

/*
 * The parts of documents for `--json` whose names differ from those of the library. In JSON, an
 * instant ends in `At`, a duration in `Ms`, and a position in the journal is `journalSeq`.
 */

/** A run's row. */
export function runAsJson({ leaseUntil, ...run }: StoredRun): object {
  return { ...run, ...(leaseUntil !== undefined && { leaseExpiresAt: leaseUntil }) };
}

/** The stop that ends a run, and what the run has used of its budget, if there are any. */
export function usedAsJson(view: RunView): object {
  const { stopped } = view;
  const budget = view.budget();
  return {
    ...(stopped !== undefined && { stopped }),
    ...(budget !== undefined && { budget: budgetAsJson(budget) }),
  };
}

/** A run's metrics. */
export function metricsAsJson({ startTime, endTime, duration, ...counts }: Metrics): object {
  return {
    startedAt: startTime,
    ...(endTime !== undefined && { finishedAt: endTime }),
    ...(duration !== undefined && { durationMs: duration }),
    ...counts,
  };
}

/** A step with its definition and progress. */
export function stepAsJson(step: StepInfo): object {
  return definitionAsJson(step);
}

function definitionAsJson(step: Partial<StepDefinition>): object {
  const { timeout, idleTimeout, totalTimeout, estimate, ...rest } = step;
  const { steps, check, reconcile } = step;
  return {
    ...rest,
    ...(steps !== undefined && { steps: steps.map(definitionAsJson) }),
    ...(check !== undefined && { check: check.map(checkAsJson) }),
    ...(reconcile !== undefined && { reconcile: definitionAsJson(reconcile) }),
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(idleTimeout !== undefined && { idleTimeoutMs: idleTimeout }),
    ...(totalTimeout !== undefined && { totalTimeoutMs: totalTimeout }),
    ...(estimate !== undefined && { estimateMs: estimate }),
  };
}

function checkAsJson({ step, ...check }: NonNullable<StepDefinition["check"]>[number]): object {
  return step === undefined ? check : { ...check, step: definitionAsJson(step) };
}

/** What a run has used of its budget. The name of a time in ms ends in `Ms`. */
function budgetAsJson({ shares, ...budget }: BudgetReport): object {
  return {
    ...budget,
    shares: shares.map(({ dimension, settled, reserved, limit, percent }) =>
      dimension === "wall"
        ? { dimension, settledMs: settled, reservedMs: reserved, limitMs: limit, percent }
        : { dimension, settled, reserved, limit, percent },
    ),
  };
}

/** A checkpoint as it appears in a list. */
export function checkpointAsJson({ seq, ...checkpoint }: CheckedCheckpoint): object {
  return { ...checkpoint, journalSeq: seq };
}
