import { type OpenQuestion, WorkflowError } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { ExitCode } from "../exit-codes.js";
import type { CliIo } from "../io.js";
import { next } from "../next/actions.js";
import { shortId } from "../render/short-id.js";
import { readResult } from "../rerun/read-result.js";
import { UsageError } from "../UsageError.js";
import { type AnswerOptions, openStep, reportTold, tellRun } from "../waiting/answer-run.js";
import { questionLine } from "../waiting/question-line.js";
import { readValues, type ValueOptions } from "../waiting/read-values.js";
import { signer } from "../waiting/signer.js";

export interface GateAnswerOptions extends AnswerOptions, ValueOptions {
  readonly note?: string;
  readonly by?: string;
  /** The attempt of the gate that the answer is for; by default the one that is open. */
  readonly attempt?: number;
  /** A file with the result that replaces that of the gate's `editable` step. */
  readonly edit?: string;
}

/** Approves an open gate, no matter which process owns the run, and then resumes the run. */
export function approve(
  io: CliIo,
  id: string,
  gate: string,
  options: GateAnswerOptions,
): Promise<ExitCode> {
  return answerGate(io, id, gate, { approved: true }, options);
}

/** Rejects an open gate. Otherwise like `approve`. */
export function reject(
  io: CliIo,
  id: string,
  gate: string,
  options: GateAnswerOptions,
): Promise<ExitCode> {
  return answerGate(io, id, gate, { approved: false }, options);
}

async function answerGate(
  io: CliIo,
  id: string,
  word: string,
  { approved }: { readonly approved: boolean },
  options: GateAnswerOptions,
): Promise<ExitCode> {
  const verb = approved ? "approve" : "reject";
  const refusal = `cannot be ${approved ? "approved" : "rejected"}`;
  const told = await openStep(io, id, { word, kinds: ["gate"], refusal }, options);
  const { stepId, form } = told.question;
  const attemptNumber = options.attempt ?? told.question.attemptNumber;
  const values = await readValues(io, options, form, verb);
  const edits = await readEdits(io, told.question, options);
  const by = signer(io, options.by);
  const { note } = options;
  const answer = {
    approved,
    values,
    attemptNumber,
    ...edits,
    ...(note !== undefined && { note }),
    ...(by !== undefined && { by }),
  };
  await tellRun(io, told, options, (control) =>
    control
      .answer(told.run.runId, stepId, answer, { resume: false })
      .catch((error: unknown) => refuseValues(error, told.run.runId, told.question)),
  );
  const done = approved ? "Approved" : "Rejected";
  const text = `${done} ${cleanLine(stepId)} of run ${shortId(told.run.runId)}.`;
  return reportTold(
    io,
    told,
    { text, document: { type: "gate_answered", stepId, ...answer } },
    options,
  );
}

/**
 * Reads the result that replaces that of the gate's `editable` step.
 *
 * @throws UsageError `invalid_answer` if the gate has no `editable` step
 */
async function readEdits(
  io: CliIo,
  { stepId, editable, runId }: OpenQuestion,
  { edit }: GateAnswerOptions,
): Promise<{ readonly edits?: unknown }> {
  if (edit === undefined) return {};
  if (editable === undefined)
    throw new UsageError(`Gate \`${stepId}\` lets no result be edited.`, {
      code: "invalid_answer",
      remedy: "Leave out --edit, or write `editable: steps.NAME.output` in the gate.",
      next: next("list_gates", "waiting", { run: shortId(runId) }),
    });
  return { edits: await readResult(io, edit, "approve") };
}

/** Reports values that do not fit the form, with the command that shows the expected ones. */
function refuseValues(error: unknown, runId: string, question: OpenQuestion): never {
  if (!(error instanceof WorkflowError) || error.code !== "invalid_answer") throw error;
  const { code, message, remedy } = error;
  throw new UsageError(message, {
    code,
    next: questionLine(shortId(runId), question),
    ...(remedy !== undefined && { remedy }),
  });
}
