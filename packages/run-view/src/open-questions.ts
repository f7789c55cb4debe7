import { type OpenQuestion as Question, RunQueries } from "@automatosx/rescript-core";
import type { RunView } from "./RunView.js";

/** Something that a run waits for: an answer, a signal, or the outcome of an attempt. */
export interface OpenQuestion extends Question {
  /** The id of the run. */
  readonly runId: string;
  /** The `id` of its workflow. */
  readonly workflowId: string;
  /**
   * For a question of a child run: its path in the run that was asked about, such as
   * `audit.review`.
   */
  readonly path?: string;
}

/** Returns what a run waits for, in the order of its definition. */
export function openQuestions({ machine, origin }: RunView): OpenQuestion[] {
  const { runId, definition } = origin;
  const about = { runId, workflowId: definition.id };
  return RunQueries.questions(machine).map((question) => ({ ...about, ...question }));
}
