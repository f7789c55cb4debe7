import { openQuestions, type StoredRun } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import type { RunFigures, Saying, Spent } from "../api/common.schema.js";

/**
 * Returns what a row says that only the journal knows. `now` is given for a run that is worked on.
 */
export function figuresOf(run: StoredRun, view: RunView, now: number | undefined): RunFigures {
  const questions = openQuestions(view);
  const unknown = questions.filter(({ kind }) => kind === "unknown").length;
  const { workedMs, waitedMs } = view.timeSpent(now);
  const spent = spentBy(view);
  return {
    steps: { ...view.counts(), open: questions.length - unknown, unknown },
    says: sayingOf(run, view),
    ranMs: workedMs,
    waitedMs,
    ...(spent !== undefined && { spent }),
  };
}

/** What a run has used; undefined if no agent has reported anything. */
export function spentBy(view: RunView): Spent | undefined {
  const budget = view.budget();
  if (budget === undefined) return undefined;
  const { settled, estimated, unmetered } = budget;
  return {
    ...(settled.usd > 0 && { usd: settled.usd }),
    ...(settled.tokens > 0 && { tokens: settled.tokens }),
    isAtLeast: estimated + unmetered > 0,
  };
}

function sayingOf(run: StoredRun, view: RunView): Saying {
  const [question] = openQuestions(view);
  if (question !== undefined)
    return {
      tone: question.kind === "unknown" ? "unknown" : "wait",
      head: `waits for ${question.stepId}`,
      text: question.ask ?? question.signal ?? question.error ?? "",
    };
  if (run.error !== undefined) return { tone: "fail", text: run.error };
  const busy = view.activeSteps().filter(({ status }) => status === "running");
  return busy.length === 0
    ? { tone: "idle", text: "" }
    : { tone: "run", head: "performs", text: busy.map(({ id }) => id).join(", ") };
}
