import {
  listOpenQuestions,
  type OpenQuestion,
  openQuestions,
  type StoragePort,
} from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";

/**
 * What a run waits for; with its storage, also what its child runs wait for, each under its path in
 * this run: `audit.review`.
 */
export function questionsOf(view: RunView, storage?: StoragePort): readonly OpenQuestion[] {
  const own = openQuestions(view);
  if (storage === undefined || !mayHaveChildRuns(view)) return own;
  return listOpenQuestions(storage, view.origin.runId).map(({ path, ...question }) =>
    path === undefined ? question : { ...question, stepId: path },
  );
}

function mayHaveChildRuns(view: RunView): boolean {
  return view.origin.definition.language !== undefined && view.steps().some(isWaitingForRun);
}

function isWaitingForRun({ status, workflow }: ReturnType<RunView["steps"]>[number]): boolean {
  return workflow !== undefined && status === "open";
}
