import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { readJsonOrText } from "../read-json-file.js";
import { shortId } from "../render/short-id.js";
import { UsageError } from "../UsageError.js";
import { type AnswerOptions, openStep, reportTold, tellRun } from "../waiting/answer-run.js";
import { signer } from "../waiting/signer.js";

export interface OutcomeOptions extends AnswerOptions {
  readonly done?: boolean;
  readonly notDone?: boolean;
  /** A file with the result of the step. */
  readonly result?: string;
  readonly note?: string;
  readonly by?: string;
  readonly attempt?: number;
}

/** Says whether an attempt of unknown outcome took effect, and then resumes the run. */
export async function answer(
  io: CliIo,
  id: string,
  word: string,
  options: OutcomeOptions,
): Promise<ExitCode> {
  const { done = false, notDone = false, result: file, note } = options;
  if (done === notDone)
    throw new UsageError("Say either --done or --not-done.", {
      remedy:
        "--done: the step took effect, and is completed. --not-done: it did not, and is " +
        "performed again.",
      next: next("read_help", "wrong_usage", { args: ["answer"] }),
    });
  if (notDone && file !== undefined)
    throw new UsageError("--result cannot be used with --not-done: the step has no result then.", {
      next: next("read_help", "wrong_usage", { args: ["answer"] }),
    });
  const refusal = "does not have an unknown outcome";
  const told = await openStep(io, id, { word, kinds: ["unknown"], refusal }, options);
  const { stepId } = told.question;
  const source = {
    what: `The result file ${file}`,
    code: "invalid_argument",
    verb: "answer",
  } as const;
  const result = file === undefined ? undefined : await readJsonOrText(io, file, source);
  const by = signer(io, options.by);
  const outcome = {
    done,
    attemptNumber: options.attempt ?? told.question.attemptNumber,
    ...(result !== undefined && { result }),
    ...(note !== undefined && { note }),
    ...(by !== undefined && { by }),
  };
  await tellRun(io, told, options, (control) =>
    control.answer(told.run.runId, stepId, outcome, { resume: false }),
  );
  const what = done ? "took effect, and is completed" : "did not take effect";
  const text = `Recorded: ${cleanLine(stepId)} of run ${shortId(told.run.runId)} ${what}.`;
  return reportTold(
    io,
    told,
    { text, document: { type: "gate_answered", stepId, ...outcome } },
    options,
  );
}
