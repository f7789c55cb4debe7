import type { StoragePort, StoredRun } from "../storage/StoragePort.js";

/** A step of a run, or of a run that one of its steps started. */
export interface StepPlace {
  readonly run: StoredRun;
  readonly stepId: string;
}

/** Returns the latest run of each step that has started one, oldest first. */
export function latestChildRuns(storage: StoragePort, runId: string): readonly StoredRun[] {
  const latest = new Map<string, StoredRun>();
  for (const run of storage.listChildRuns(runId)) latest.set(run.parentStepId ?? "", run);
  return [...latest.values()];
}

/**
 * Finds the step at a path that may lead into child runs: `audit.review` is the step `review` of
 * the run that the step `audit` started.
 */
export function stepPlace(storage: StoragePort, run: StoredRun, path: string): StepPlace {
  const child = latestChildRuns(storage, run.runId).find(({ parentStepId }) =>
    path.startsWith(`${parentStepId}.`),
  );
  if (child === undefined) return { run, stepId: path };
  return stepPlace(storage, child, path.slice((child.parentStepId?.length ?? 0) + 1));
}
