import type { BudgetReport } from "@automatosx/rescript-core";
import { type OpenQuestion, openQuestions } from "../open-questions.js";
import type { RunView } from "../RunView.js";
import { heldText } from "./budget.js";
import { namesOf } from "./count.js";
import { questionText } from "./question.js";
import { shortId } from "./short-id.js";

/** Why a run is paused, and what it waits for. */
export interface Pause {
  /** `asked`: a person paused it. */
  readonly reason: "waiting" | "budget" | "asked";
  /** The gates and the unknown outcomes that wait for an answer. */
  readonly questions: readonly OpenQuestion[];
  /** What it has used of its budget, if it has one. */
  readonly budget?: BudgetReport | undefined;
  /** If it waits for nothing else: the child run whose budget is used up. */
  readonly heldRun?: HeldRun | undefined;
}

/** A child run that has used up its budget. */
export interface HeldRun {
  /** The id of the child run. */
  readonly runId: string;
  /** What it has used of its budget. */
  readonly budget: BudgetReport;
}

/**
 * Returns why a run is paused; undefined if it is not. `questions` are what it waits for: a caller
 * that can read the child runs adds theirs.
 */
export function pauseOf(
  view: RunView,
  questions: readonly OpenQuestion[] = openQuestions(view),
): Pause | undefined {
  const reason = view.pausedFor;
  return reason === undefined ? undefined : { reason, questions, budget: view.budget() };
}

/**
 * Returns what must change before a run can continue: what a paused run waits for, or the budget by
 * which a run has failed. Undefined if it can just be resumed.
 */
export function holdOf(view: RunView): Pause | undefined {
  return heldByBudget(view) ?? pauseOf(view);
}

/** The hold of a run that has failed by its budget. */
export function heldByBudget(view: RunView): Pause | undefined {
  return view.errorCode === "budget_exceeded"
    ? { reason: "budget", questions: [], budget: view.budget() }
    : undefined;
}

/** Why a run is paused, as a clause; empty if a person paused it. */
export function pauseText({ reason, questions, budget, heldRun }: Pause): string {
  if (reason === "budget") return budget === undefined ? "" : heldText(budget);
  if (reason !== "waiting") return "";
  const [first] = questions;
  if (first === undefined)
    return heldRun === undefined
      ? ""
      : `waits for run ${shortId(heldRun.runId)}: ${heldText(heldRun.budget)}`;
  if (questions.length === 1) return `waits for ${first.stepId}: ${questionText(first)}`;
  return `waits for ${questions.length} answers: ${namesOf(questions.map(({ stepId }) => stepId))}`;
}
