import { adoptedAlone } from "../storage/backend-run.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";

/** A step of a run, or of a run that one of its steps started. */
export interface StepPlace {
  readonly run: StoredRun;
  readonly stepId: string;
}

/** Returns the run whose step started this one; undefined if no step did, or it was removed. */
export function parentOf(storage: StoragePort, run: StoredRun): StoredRun | undefined {
  const { parentRunId, parentStepId } = run;
  return parentRunId === undefined || parentStepId === undefined
    ? undefined
    : storage.getRun(parentRunId);
}

/** Whether the run has paused itself to wait, so that an answer may resume it. */
export function isWaiting({ status, pauseReason }: StoredRun): boolean {
  return status === "paused" && pauseReason === "waiting";
}

/** Returns the run to resume so that this one continues: the first of the runs that wait for it. */
export function headOf(storage: StoragePort, run: StoredRun): StoredRun {
  const parent = parentOf(storage, run);
  return parent !== undefined && isWaiting(parent) ? headOf(storage, parent) : run;
}

/** Throws `run_owned_elsewhere` if a run that its backend still executes has started this one. */
export function checkAdoption(storage: StoragePort, run: StoredRun): void {
  if (parentOf(storage, run)?.backend !== undefined) throw adoptedAlone(run);
}

/** Returns the latest run of each step that has started one, oldest first. */
export function latestChildRuns(storage: StoragePort, runId: string): readonly StoredRun[] {
  const latest = new Map<string, StoredRun>();
  for (const run of storage.listChildRuns(runId)) latest.set(run.parentStepId ?? "", run);
  return [...latest.values()];
}

/**
 * Finds the step at a path that may lead into child runs: `audit.review` is the step `review` of
 * the latest run that the step `audit` started, and `audit~3.review` that of the run whose id ends
 * in `.audit~3`.
 */
export function stepPlace(storage: StoragePort, run: StoredRun, path: string): StepPlace {
  const children = storage.listChildRuns(run.runId);
  const latest = children.findLast(({ parentStepId }) => path.startsWith(`${parentStepId}.`));
  if (latest !== undefined)
    return stepPlace(storage, latest, path.slice((latest.parentStepId?.length ?? 0) + 1));
  const named = children.find(({ runId }) => path.startsWith(`${nameBelow(run, runId)}.`));
  if (named === undefined) return { run, stepId: path };
  return stepPlace(storage, named, path.slice(nameBelow(run, named.runId).length + 1));
}

/** What the id of a child run adds to that of its parent. */
const nameBelow = (parent: StoredRun, runId: string): string =>
  runId.slice(parent.runId.length + 1);
