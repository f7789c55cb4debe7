import type { CheckedCheckpoint, Metrics, StepInfo, StoredRun } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";

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
    ...(budget !== undefined && { budget }),
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
export function stepAsJson({ timeout, estimate, ...step }: StepInfo): object {
  return {
    ...step,
    ...(timeout !== undefined && { timeoutMs: timeout }),
    ...(estimate !== undefined && { estimateMs: estimate }),
  };
}

/** A checkpoint as it appears in a list. */
export function checkpointAsJson({ seq, ...checkpoint }: CheckedCheckpoint): object {
  return { ...checkpoint, journalSeq: seq };
}
