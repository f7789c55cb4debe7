import {
  isOrphaned,
  isOwned,
  type Metrics,
  openQuestions,
  type StepInfo,
  type StoredRun,
} from "@automatosx/workflow/observe";
import type { RunView, TimeSpent } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { Output } from "../Output.js";
import { RerunMarks } from "./rerun-marks.js";
import { statusWord } from "./status.js";
import { noteOfStep } from "./step-note.js";
import { count, duration } from "./words.js";

/** A step as it is shown: one whose process is gone is not running. */
export type ShownStep = Omit<StepInfo, "status"> & {
  readonly status: StepInfo["status"] | "interrupted";
  /** Why it was skipped: see `RunView.skippedBecause`. */
  readonly because?: string;
  /** What it waits for, or what else its result and its error do not say. */
  readonly note?: string;
  /** What going back has done to it: `(kept)`. */
  readonly mark?: string;
};

/** A shorter wait is not worth a word, in ms. */
const LEAST_WAIT_MS = 1000;

/**
 * The status word of a stored run: `damaged`, or `orphaned` if the stored status is `running` but
 * no process works on the run.
 */
export function shownStatus(run: StoredRun): string {
  if (run.damage !== undefined) return "damaged";
  return isOrphaned(run) ? "orphaned" : run.status;
}

/** The steps of a stored run, as they are shown. */
export function shownSteps(run: StoredRun, view: RunView): readonly ShownStep[] {
  const steps = withReasons(view.steps(), view);
  if (isOwned(run)) return steps;
  return steps.map((step) =>
    step.status === "running" ? { ...step, status: "interrupted" } : step,
  );
}

/** A step with the reason why it was skipped, if it was, and with what it waits for. */
export type ReasonedStep = StepInfo & Pick<ShownStep, "because" | "note" | "mark">;

/** The steps with the reason why each skipped one was skipped, and with what others wait for. */
export function withReasons(steps: readonly StepInfo[], view: RunView): readonly ReasonedStep[] {
  const { language } = view.origin.definition;
  const marks = mayHaveMarks(steps, view) ? new RerunMarks(view) : undefined;
  if (language === undefined && marks === undefined && !steps.some(isSkipped)) return steps;
  const questions = new Map(
    language === undefined ? [] : openQuestions(view).map((each) => [each.stepId, each]),
  );
  return steps.map((step) => {
    const because = step.status === "skipped" ? view.skippedBecause(step.id) : undefined;
    const note = language === undefined ? undefined : noteOfStep(step, questions.get(step.id));
    const mark = marks?.markOf(step);
    if (because === undefined && note === undefined && mark === undefined) return step;
    return {
      ...step,
      ...(mark !== undefined && { mark }),
      ...(because !== undefined && { because }),
      ...(note !== undefined && { note }),
    };
  });
}

function isSkipped({ status }: StepInfo): boolean {
  return status === "skipped";
}

function mayHaveMarks(steps: readonly StepInfo[], view: RunView): boolean {
  if (view.wasRestored || view.reruns().length > 0) return true;
  return steps.some(({ detail }) => detail?.reused !== undefined);
}

/** What a skipped step lacked, in a word: the path of a step, or `condition` for its own `if`. */
export function reasonOfSkip(because: string): string {
  return cleanLine(because.replace(/^:/, ""));
}

/** The steps of a run that ended with its failures tolerated, in numbers. */
export type EndedCounts = Pick<Metrics, "completedSteps" | "failedSteps">;

/** What is unusual about a completed run: `3 failures tolerated`. Empty if no step failed. */
export function toleratedNote({ completedSteps, failedSteps }: EndedCounts): string {
  if (failedSteps === 0) return "";
  return completedSteps === 0
    ? "all its steps failed (tolerated)"
    : `${count(failedSteps, "failure")} tolerated`;
}

/** `completed`, and what is unusual about it: `completed, 3 failures tolerated`. */
export function completedText(counts: EndedCounts): string {
  const note = toleratedNote(counts);
  if (note === "") return "completed";
  return counts.completedSteps === 0 ? `completed, but ${note}` : `completed, ${note}`;
}

/** A run's status with its icon: `✔ completed`, or `! completed, 3 failures tolerated`. */
export function runStatusWord(out: Output, status: string, counts: EndedCounts): string {
  if (status !== "completed" || toleratedNote(counts) === "") return statusWord(out, status);
  return statusWord(out, completedText(counts), 0, "warning");
}

/** `3m12s`, or `2h05m (worked 4m10s, waited 2h01m)` if the run had to wait. */
export function timeText({ workedMs, waitedMs }: TimeSpent): string {
  const elapsed = duration(workedMs + waitedMs);
  return waitedMs < LEAST_WAIT_MS
    ? elapsed
    : `${elapsed} (worked ${duration(workedMs)}, waited ${duration(waitedMs)})`;
}

/** Which stop ends the run, and why: `by decline as cancelled: Not now`. */
export function stopText({ stepId, as, reason }: NonNullable<RunView["stopped"]>): string {
  const why = reason === undefined ? "" : `: ${cleanLine(reason)}`;
  return `by ${cleanLine(stepId)} as ${as}${why}`;
}
