import type { Notice } from "@automatosx/workflow";
import { commandText } from "../command.js";
import type { DbOptions } from "../database.js";
import type { CliIo } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { shortId } from "../render/short-id.js";
import { questionLine } from "../waiting/question-line.js";

/** Returns the command that answers a notice, or shows what it is about. */
export function noticeCommand(io: CliIo, options: DbOptions): (notice: Notice) => string {
  return (notice) => commandText(lineFor(notice), io.stdout.typedAxw, options);
}

function lineFor({ type, run: { id: runId, workflowId, status }, step, gate }: Notice): NextLine {
  const run = shortId(runId);
  if (step === undefined) return next("show_run", status, { run });
  const { path: stepId, attemptNumber } = step;
  const question = { runId, workflowId, stepId, attemptNumber };
  switch (type) {
    case "gate_opened":
      return questionLine(run, { ...question, kind: "gate", form: gate?.form });
    case "outcome_unknown":
      return questionLine(run, { ...question, kind: "unknown" });
    default:
      return next("read_logs", status, { run, step: stepId });
  }
}
