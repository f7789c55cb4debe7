import type { OpenQuestion, StoragePort } from "@automatosx/workflow/observe";
import type { BudgetReport, RunView } from "@automatosx/workflow/run-view";
import { heldText } from "../render/budget.js";
import { namesOf } from "../simulation-note.js";
import { questionText } from "./question-text.js";
import { questionsOf } from "./questions-of.js";

/** Why a run is paused, and what it waits for. */
export interface Pause {
  /** `asked`: a person paused it. */
  readonly reason: "waiting" | "budget" | "asked";
  readonly questions: readonly OpenQuestion[];
  /** What it has used of its budget, if it has one. */
  readonly budget?: BudgetReport | undefined;
}

/**
 * Returns why a run is paused; undefined if it is not. With the storage, what its child runs wait
 * for is listed too.
 */
export function pauseOf(view: RunView, storage?: StoragePort): Pause | undefined {
  const reason = view.pausedFor;
  return reason === undefined
    ? undefined
    : { reason, questions: questionsOf(view, storage), budget: view.budget() };
}

/**
 * Returns what must change before a run can continue: what a paused run waits for, or the budget by
 * which a run has failed. Undefined if it can just be resumed.
 */
export function holdOf(view: RunView, storage?: StoragePort): Pause | undefined {
  return view.errorCode === "budget_exceeded"
    ? { reason: "budget", questions: [], budget: view.budget() }
    : pauseOf(view, storage);
}

/** Why a run is paused, as a clause; empty if a person paused it. */
export function pauseText({ reason, questions, budget }: Pause): string {
  if (reason === "budget") return budget === undefined ? "" : heldText(budget);
  if (reason !== "waiting") return "";
  const [first] = questions;
  if (first === undefined) return "";
  if (questions.length === 1) return `waits for ${first.stepId}: ${questionText(first)}`;
  return `waits for ${questions.length} answers: ${namesOf(questions.map(({ stepId }) => stepId))}`;
}
