import type { StepInfo, StoredRun } from "@automatosx/workflow/observe";
import { RerunPlan } from "@automatosx/workflow/run-view";
import { axw } from "../command.js";
import type { ExitCode } from "../exit-codes.js";
import { findStep } from "../find-step.js";
import type { CliIo } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { conditionOf } from "../next/run-condition.js";
import { shortId } from "../render/short-id.js";
import { continueLineOf } from "../rerun/continue-line.js";
import { refuseInnerPath } from "../rerun/refuse-inner-path.js";
import { rerunAsJson, stoppedText } from "../rerun/rerun-lines.js";
import {
  type RunToChange,
  readRunToChange,
  reportChange,
  withRunChanger,
} from "../rerun/run-to-change.js";
import { namesOf } from "../simulation-note.js";
import { isWithin } from "../step-path.js";
import { UsageError } from "../UsageError.js";
import type { AnswerOptions } from "../waiting/answer-run.js";
import { signer } from "../waiting/signer.js";

export interface RetryOptions extends AnswerOptions {
  /** The steps, as they were typed. */
  readonly step?: readonly string[];
  /**
   * Whether to perform all steps that depend on them again, even if their requests are the same.
   */
  readonly downstream?: boolean;
  readonly by?: string;
}

/** Performs completed or failed steps of a run again, and then the steps whose requests change. */
export async function retry(io: CliIo, id: string, options: RetryOptions): Promise<ExitCode> {
  const { step: words = [], downstream = false } = options;
  const target = await readRunToChange(io, id, options);
  const { run, view } = target;
  if (words.length === 0) throw await noStep(io, target, options);
  for (const word of words)
    await refuseInnerPath(io, target, word, options, (inner, step) =>
      axw("retry", inner, "--step", step, ...(downstream ? ["--downstream"] : [])),
    );
  const stepIds = [...new Set(words.flatMap((word) => stepsOf(target, word)))];
  const by = signer(io, options.by);
  const rerun = await withRunChanger(io, target, options, async (control) => {
    const steps = await control.preview(run.runId, { reopen: { stepIds, downstream } });
    await control.reopen(run.runId, stepIds, { downstream, ...(by !== undefined && { by }) });
    return new RerunPlan(steps, view);
  });
  const dependents = downstream ? " and all steps that depend on it" : "";
  const stopped = stoppedText(rerun.stopped());
  return reportChange(
    io,
    target,
    {
      text: [
        `Run ${shortId(run.runId)} performs ${namesOf(stepIds)}${dependents} again: ` +
          `${rerun.tally()}.`,
        ...(stopped === undefined ? [] : [stopped]),
      ],
      document: {
        type: "steps_reopened",
        stepIds,
        downstream,
        ...(by !== undefined && { by }),
        ...rerunAsJson(rerun),
      },
    },
    options,
  );
}

/** The step that the user typed, or the steps inside it that were performed. */
function stepsOf({ run, view }: RunToChange, word: string): readonly string[] {
  const steps = view.steps();
  const show = next("show_run", conditionOf(run), { run: shortId(run.runId) });
  const step = findStep(steps, word, { runId: run.runId, next: show });
  if (wasPerformed(step)) return [step.id];
  if (step.kind === undefined) throw notPerformed(run, step, show);
  const inside = steps.filter((each) => isWithin(each.id, step.id) && wasPerformed(each));
  if (inside.length > 0) return inside.map((each) => each.id);
  throw new UsageError(`No step in \`${step.id}\` has been performed yet.`, {
    code: "step_not_completed",
    remedy: REMEDY,
    next: show,
  });
}

const REMEDY = "Name a step that has completed or failed.";

function notPerformed({ runId }: StoredRun, { id, status }: StepInfo, show: NextLine): UsageError {
  return new UsageError(
    `Step \`${id}\` of run ${shortId(runId)} is ${status}, so it cannot be performed again.`,
    { code: "step_not_completed", remedy: REMEDY, next: show },
  );
}

// A check belongs to the step that it judges.
function wasPerformed({ id, status, kind }: StepInfo): boolean {
  return (
    kind === undefined &&
    (status === "completed" || status === "failed") &&
    !/.:(?:check-\d+|reconcile)$/u.test(id)
  );
}

async function noStep(io: CliIo, target: RunToChange, options: RetryOptions): Promise<UsageError> {
  return new UsageError("`retry` needs --step, the step to perform again.", {
    remedy: "Add --step STEP. To perform only the failed steps again, use `resume`.",
    next: await continueLineOf(io, target.run, options),
  });
}
