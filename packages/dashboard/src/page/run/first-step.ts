import { failedStep, openQuestions, type RunView } from "@automatosx/run-view";

/**
 * The step on which the screen of a run opens: the failed one that explains the most, else the
 * first one that asks for something, else the first one that is running, else the last one that has
 * begun. Undefined if none has begun.
 */
export function firstStep(view: RunView): string | undefined {
  const steps = view.steps();
  const failed = view.status === "completed" ? undefined : failedStep(steps);
  if (failed !== undefined) return failed.id;
  if (!view.hasEnded) {
    const [question] = openQuestions(view);
    if (question !== undefined) return question.stepId;
  }
  const leaves = steps.filter(({ kind }) => kind === undefined);
  const active =
    leaves.find(({ status }) => status === "running") ??
    leaves.find(({ status }) => status === "waiting");
  const begun = leaves.filter(({ status }) => status === "completed");
  return (active ?? begun.at(-1) ?? leaves[0])?.id;
}
