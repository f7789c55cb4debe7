import { type OpenQuestion, openQuestions } from "@automatosx/run-view";
import { ERROR_KINDS, WorkflowError } from "../errors.js";
import type { StoragePort, StoredRun } from "../storage/StoragePort.js";
import { latestChildRuns } from "./child-steps.js";
import { findRun } from "./find-run.js";
import { RunReader } from "./RunReader.js";

export { type OpenQuestion, openQuestions } from "@automatosx/run-view";

/** What happens with runs that cannot be read. */
export interface QuestionReading {
  /** Receives each damaged run, with its problem as a sentence. By default it is skipped. */
  readonly onDamaged?: (run: StoredRun, problem: string) => void;
}

/**
 * Returns what the runs of a database wait for, newest run first; with an id or a part of one, what
 * that run and its child runs wait for. A damaged run has no questions.
 *
 * @throws WorkflowError `run_not_found`, `run_ambiguous`, or `journal_damaged` for the given run
 */
export function listOpenQuestions(
  storage: StoragePort,
  idOrPart?: string,
  { onDamaged }: QuestionReading = {},
): OpenQuestion[] {
  if (idOrPart !== undefined) return questionsWithin(storage, findRun(storage, idOrPart), "");
  const runs = [
    ...storage.listRuns({ status: "paused" }),
    ...storage.listRuns({ status: "running" }),
  ];
  const newestFirst = runs.sort((a, b) => b.createdAt - a.createdAt);
  return newestFirst.flatMap((run) => {
    try {
      if (run.damage === undefined) return questionsOf(storage, run);
      onDamaged?.(run, run.damage);
    } catch (error) {
      // Any other error concerns the whole database.
      if (!(error instanceof WorkflowError) || !ERROR_KINDS[error.code].quarantines) throw error;
      onDamaged?.(run, error.message);
    }
    return [];
  });
}

/** The questions of a run and of its child runs, which stand at this path. */
function questionsWithin(storage: StoragePort, run: StoredRun, place: string): OpenQuestion[] {
  const own = questionsOf(storage, run).map((question) =>
    place === "" ? question : { ...question, path: `${place}${question.stepId}` },
  );
  const inside = latestChildRuns(storage, run.runId).flatMap((child) =>
    questionsWithin(storage, child, `${place}${child.parentStepId}.`),
  );
  return [...own, ...inside];
}

function questionsOf(storage: StoragePort, { runId, definitionHash }: StoredRun): OpenQuestion[] {
  // A plain workflow waits for nothing, so its journal is not read.
  const { definition = "" } = storage.getWorkflow(definitionHash) ?? {};
  if (!definition.includes('"language":')) return [];
  return openQuestions(RunReader.open(storage, runId).catchUp().view);
}
