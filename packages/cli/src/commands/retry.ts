import type { StepInfo, StoredRun } from "@automatosx/workflow/observe";
import type { ExitCode } from "../exit-codes.js";
import { findStep } from "../find-step.js";
import type { CliIo } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { conditionOf } from "../next/run-condition.js";
import { shortId } from "../render/short-id.js";
import { continueLineOf } from "../rerun/continue-line.js";
import { Rerun } from "../rerun/Rerun.js";
import { rerunAsJson, stoppedText } from "../rerun/rerun-lines.js";
import { type BackRun, readBackRun, reportBack, tellBack } from "../rerun/tell-rerun.js";
import { namesOf } from "../simulation-note.js";
import { isWithin } from "../step-path.js";
import { UsageError } from "../UsageError.js";
import type { AnswerOptions } from "../waiting/answer-run.js";
import { signer } from "../waiting/signer.js";

export interface RetryOptions extends AnswerOptions {
  /** The steps, as they were typed. */
  readonly step?: readonly string[];
  /** Whether everything behind the steps is performed again, even if it is asked the same. */
  readonly downstream?: boolean;
  readonly by?: string;
}

/** Performs completed or failed steps of a run again, and then what depends on other results. */
export async function retry(io: CliIo, id: string, options: RetryOptions): Promise<ExitCode> {
  const { step: words = [], downstream = false } = options;
  const back = await readBackRun(io, id, options);
  const { run, view } = back;
  if (words.length === 0) throw await noStep(io, back, options);
  const stepIds = [...new Set(words.flatMap((word) => stepsOf(back, word)))];
  const by = signer(io, options.by);
  const rerun = await tellBack(io, back, options, async (engine) => {
    const steps = await engine.preview(run.runId, { reopen: { stepIds, downstream } });
    await engine.reopen(run.runId, stepIds, { downstream, ...(by !== undefined && { by }) });
    return new Rerun(steps, view);
  });
  const behind = downstream ? " and everything behind" : "";
  const stopped = stoppedText(rerun.stopped());
  return reportBack(
    io,
    back,
    {
      text: [
        `Run ${shortId(run.runId)} performs ${namesOf(stepIds)}${behind} again: ${rerun.tally()}.`,
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
function stepsOf({ run, view }: BackRun, word: string): readonly string[] {
  const steps = view.steps();
  const show = next("show_run", conditionOf(run), { run: shortId(run.runId) });
  const step = findStep(steps, word, { runId: run.runId, next: show });
  if (wasPerformed(step)) return [step.id];
  if (step.kind === undefined) throw notPerformed(run, step, show);
  const inside = steps.filter((each) => isWithin(each.id, step.id) && wasPerformed(each));
  if (inside.length > 0) return inside.map((each) => each.id);
  throw new UsageError(`Nothing in \`${step.id}\` has been performed yet.`, {
    code: "step_not_completed",
    remedy: REMEDY,
    next: show,
  });
}

const REMEDY = "A step can be performed again once it has completed or failed.";

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

async function noStep(io: CliIo, back: BackRun, options: RetryOptions): Promise<UsageError> {
  return new UsageError("Say which steps are performed again with --step.", {
    remedy: "`resume` alone performs the steps that failed again, and keeps all others.",
    next: await continueLineOf(io, back.run, options),
  });
}
