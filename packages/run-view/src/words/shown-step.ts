import type { StepInfo } from "@automatosx/rescript-core";
import { openQuestions } from "../open-questions.js";
import type { RunView } from "../RunView.js";
import { cleanLine } from "../text/clean-text.js";
import { RerunMarks } from "./rerun-marks.js";
import { isOwned, type RunFacts } from "./run-word.js";
import { noteOfStep } from "./step-note.js";

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

/** The steps of a run, as they are shown. */
export function shownSteps(run: Pick<RunFacts, "ownerState">, view: RunView): readonly ShownStep[] {
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
