import type { StepInfo } from "@automatosx/workflow/observe";
import { RerunPlan } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { axw } from "../command.js";
import type { ExitCode } from "../exit-codes.js";
import { findStep } from "../find-step.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { conditionOf } from "../next/run-condition.js";
import { shortId } from "../render/short-id.js";
import { readResult } from "../rerun/read-result.js";
import { refuseInnerPath } from "../rerun/refuse-inner-path.js";
import { rerunAsJson, stoppedText } from "../rerun/rerun-lines.js";
import {
  type RunToChange,
  readRunToChange,
  reportChange,
  withRunChanger,
} from "../rerun/run-to-change.js";
import type { AnswerOptions } from "../waiting/answer-run.js";
import { signer } from "../waiting/signer.js";

export interface EditOptions extends AnswerOptions {
  readonly note?: string;
  readonly by?: string;
  /** The attempt whose result is replaced; by default the newest. */
  readonly attempt?: number;
}

/**
 * Replaces the result of a completed step. Steps whose requests contain the old result are
 * performed again; the run is resumed only with `--resume`, so that several results can be edited
 * first.
 */
export async function editOutput(
  io: CliIo,
  id: string,
  word: string,
  file: string,
  options: EditOptions,
): Promise<ExitCode> {
  const result = await readResult(io, file, "edit-output");
  const target = await readRunToChange(io, id, options);
  const { run, view } = target;
  await refuseInnerPath(io, target, word, options, (inner, step) =>
    axw("edit-output", inner, step, file),
  );
  const { id: stepId, attemptNumber: newest } = completedStep(target, word);
  const attemptNumber = options.attempt ?? newest;
  const by = signer(io, options.by);
  const { note } = options;
  const about = {
    ...(attemptNumber > 0 && { attemptNumber }),
    ...(note !== undefined && { note }),
    ...(by !== undefined && { by }),
  };
  const rerun = await withRunChanger(io, target, options, async (control) => {
    const steps = await control.preview(run.runId, { edit: { stepId, result } });
    await control.editResult(run.runId, stepId, result, about);
    return new RerunPlan(steps, view);
  });
  return reportChange(
    io,
    target,
    {
      text: editedText(run.runId, stepId, rerun),
      document: { type: "result_edited", stepId, result, ...about, ...rerunAsJson(rerun) },
    },
    { ...options, resume: options.resume === true },
  );
}

function editedText(runId: string, stepId: string, rerun: RerunPlan): string[] {
  const stopped = stoppedText(rerun.stopped());
  return [
    `Replaced the result of ${cleanLine(stepId)} of run ${shortId(runId)}: ${rerun.tally()}.`,
    ...(stopped === undefined ? [] : [stopped]),
  ];
}

/** The completed step that the user typed; otherwise the step that is not, which is refused. */
function completedStep({ run, view }: RunToChange, word: string): StepInfo {
  const steps = view.steps();
  const completed = steps.filter(
    ({ status, kind }) => status === "completed" && kind === undefined,
  );
  const show = next("show_run", conditionOf(run), { run: shortId(run.runId) });
  const isCompleted = word !== "" && completed.some((step) => step.id.includes(word));
  const isExact = steps.some((step) => step.id === word);
  return findStep(isCompleted && !isExact ? completed : steps, word, {
    runId: run.runId,
    next: show,
  });
}
