import {
  latestChildRuns,
  type OpenQuestion,
  RunReader,
  type StoragePort,
} from "@automatosx/workflow/observe";
import type { BudgetReport, RunView } from "@automatosx/workflow/run-view";
import { heldText } from "../render/budget.js";
import { shortId } from "../render/short-id.js";
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
  /** If it waits for nothing else: the child run whose budget is used up. */
  readonly heldRun?: HeldRun | undefined;
}

/** A child run that has used up its budget. */
interface HeldRun {
  readonly runId: string;
  readonly budget: BudgetReport;
}

/**
 * Returns why a run is paused; undefined if it is not. With the storage, what its child runs wait
 * for is listed too.
 */
export function pauseOf(view: RunView, storage?: StoragePort): Pause | undefined {
  const reason = view.pausedFor;
  if (reason === undefined) return undefined;
  const questions = questionsOf(view, storage);
  const pause = { reason, questions, budget: view.budget() };
  if (storage === undefined || reason !== "waiting" || questions.length > 0) return pause;
  return { ...pause, heldRun: heldRunOf(storage, view.origin.runId) };
}

function heldRunOf(storage: StoragePort, runId: string): HeldRun | undefined {
  for (const run of latestChildRuns(storage, runId)) {
    if (run.damage !== undefined || run.status !== "paused") continue;
    if (run.pauseReason !== "budget") {
      const inner = heldRunOf(storage, run.runId);
      if (inner !== undefined) return inner;
      continue;
    }
    const budget = RunReader.open(storage, run.runId).catchUp().view.budget();
    if (budget !== undefined) return { runId: run.runId, budget };
  }
  return undefined;
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
