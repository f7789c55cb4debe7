import { ERROR_KINDS, type StoredRun, WorkflowError } from "@automatosx/workflow/observe";
import { openQuestions, type RunView } from "@automatosx/workflow/run-view";
import type { Reading } from "../Reading.js";
import type { AskingRun, Question } from "./Question.js";

/** Returns what a run waits for. Its child runs wait for their own questions. */
export function questionsOf(run: StoredRun, view: RunView): readonly Question[] {
  const budget = view.pausedFor === "budget" ? view.budget() : undefined;
  if (budget === undefined) return openQuestions(view);
  const { runId, workflowId } = run;
  return [{ kind: "budget", runId, workflowId, budget }, ...openQuestions(view)];
}

/** Yields the runs that wait for a person, newest first. A run that cannot be read is left out. */
export function* askingRuns(reading: Reading): Generator<AskingRun> {
  const { storage } = reading;
  const runs = [
    ...storage.listRuns({ status: "paused" }),
    ...storage.listRuns({ status: "running" }),
  ].sort((a, b) => b.createdAt - a.createdAt);
  for (const run of runs) {
    if (run.damage !== undefined || !mayAsk(reading, run)) continue;
    const asking = readable(() => {
      const { view } = reading.readers.latest(run.runId);
      return { run, view, questions: questionsOf(run, view) };
    });
    if (asking !== undefined && asking.questions.length > 0) yield asking;
  }
}

// The journal of a plain workflow is read only if its budget is used up: it asks nothing.
function mayAsk({ storage }: Reading, run: StoredRun): boolean {
  if (run.pauseReason === "budget") return true;
  const hash = run.currentDefinitionHash ?? run.definitionHash;
  return storage.getWorkflow(hash)?.definition.includes('"language":') === true;
}

/** What is read of a run; undefined if the run is damaged. Other errors concern the database. */
export function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof WorkflowError && ERROR_KINDS[error.code].quarantines) return undefined;
    throw error;
  }
}
