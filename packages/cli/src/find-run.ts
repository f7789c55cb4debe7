import {
  findRun as findRunById,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import { next } from "./next/actions.js";
import { count } from "./render/words.js";
import { UsageError } from "./UsageError.js";

/** `@last`, or `@2` for the second newest run, and so on. */
const BY_AGE = /^@(?:last|([1-9]\d*))$/;

/** Whether a word can only refer to a run by its age: no id begins with this character. */
export function refersByAge(word: string): boolean {
  return word.startsWith("@");
}

/**
 * Finds the run that the user typed: an id, a part of a generated id, `@last` for the newest run of
 * this database, or `@2` for the one before it, and so on.
 *
 * @throws WorkflowError, UsageError `run_not_found`, `run_ambiguous`
 */
export function findRun(storage: StoragePort, word: string): StoredRun {
  if (!refersByAge(word)) return findRunById(storage, word);
  const match = BY_AGE.exec(word);
  if (match === null)
    throw new UsageError(`\`${word}\` does not refer to a run.`, {
      code: "run_not_found",
      remedy: "@last is the newest run, @2 the one before it, and so on.",
      next: next("list_runs", "unknown_id", undefined),
    });
  const position = match[1] === undefined ? 1 : Number(match[1]);
  const total = sumOf(storage.countRuns()) - sumOf(storage.countChildRuns());
  const found =
    position <= total ? storage.listRuns({ limit: position, isChild: false }).at(-1) : undefined;
  if (found === undefined)
    throw new UsageError(
      total === 0
        ? `\`${word}\` does not exist: the database contains no runs.`
        : `\`${word}\` does not exist: the database contains ${count(total, "run")}.`,
      {
        code: "run_not_found",
        remedy:
          total === 0
            ? "Start a run first."
            : `@last is the newest run${total === 1 ? "" : `, @${total} the oldest`}.`,
        next:
          total === 0
            ? next("start_run", "no_runs", { file: "FILE" })
            : next("list_runs", "unknown_id", undefined),
      },
    );
  // Read it again by its id, which refuses a damaged row.
  return findRunById(storage, found.runId);
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, one) => sum + one, 0);
}
