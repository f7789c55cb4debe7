import { type OpenQuestion, openQuestions } from "@automatosx/workflow/observe";
import type { RunView } from "@automatosx/workflow/run-view";
import { namesOf } from "../simulation-note.js";
import { questionText } from "./question-text.js";

/** Why a run is paused, and what it waits for. */
export interface Pause {
  /** `asked`: a person paused it. */
  readonly reason: "waiting" | "budget" | "asked";
  readonly questions: readonly OpenQuestion[];
}

/** Returns why a run is paused; undefined if it is not. */
export function pauseOf(view: RunView): Pause | undefined {
  const reason = view.pausedFor;
  return reason === undefined ? undefined : { reason, questions: openQuestions(view) };
}

/** Why a run is paused, as a clause; empty if a person paused it. */
export function pauseText({ reason, questions }: Pause): string {
  if (reason !== "waiting") return "";
  const [first] = questions;
  if (first === undefined) return "";
  if (questions.length === 1) return `waits for ${first.stepId}: ${questionText(first)}`;
  return `waits for ${questions.length} answers: ${namesOf(questions.map(({ stepId }) => stepId))}`;
}
