import { type StoragePort, type StoredRun, stepPlace } from "@automatosx/workflow/observe";
import { findRun } from "./find-run.js";

/** A run, and a step of it that is still to be found. */
export interface TypedPlace {
  readonly run: StoredRun;
  readonly word: string | undefined;
}

/**
 * Finds the run that the user typed, and the step as far as its path leads into a child run:
 * `audit.review` is the step `review` of the run that the step `audit` has started.
 *
 * @throws WorkflowError, UsageError `run_not_found`, `run_ambiguous`
 */
export function findPlace(storage: StoragePort, id: string, word: string | undefined): TypedPlace {
  const run = findRun(storage, id);
  if (word === undefined) return { run, word };
  const { run: inner, stepId } = stepPlace(storage, run, word);
  return { run: inner, word: stepId };
}
