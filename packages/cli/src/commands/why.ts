import { isOwned, RunReader } from "@automatosx/workflow/observe";
import { announceFoundDatabase, type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findRun } from "../find-run.js";
import { findStep } from "../find-step.js";
import { type CliIo, messages } from "../io.js";
import { next } from "../next/actions.js";
import { conditionOf } from "../next/run-condition.js";
import { failedStep, hasOutput, lineAfterShow } from "../next/run-lines.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { describeCause } from "../render/cause.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";
import { wrap } from "../render/wrap.js";

const INDENT = "  ";

/** Explains where a step is, and why: the chain of causes that the core works out. */
export async function why(
  io: CliIo,
  id: string,
  word: string,
  options: DbOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  announceFoundDatabase(io, options);
  using storage = await openToRead(io, options);
  const run = findRun(storage, id);
  const { runId } = run;
  const { view } = RunReader.open(storage, runId).catchUp();
  const steps = view.steps();
  const show = next("show_run", conditionOf(run), { run: shortId(runId) });
  const step = findStep(steps, word, { runId, next: show });
  const causes = view.why(step.id);
  const { stdout } = io;
  if (options.json === true) {
    const { id: stepId, status } = step;
    stdout.json({ schemaVersion: SCHEMA_VERSION, runId, stepId, status, causes });
    return ExitCode.ok;
  }
  const now = Date.now();
  const isActive = isOwned(run);
  for (const cause of causes)
    for (const line of wrap(stdout, describeCause(cause, { now, isActive }), INDENT))
      stdout.line(line);
  const failed = failedStep(steps.filter((one) => causes.some(({ stepId }) => stepId === one.id)));
  const line =
    failed !== undefined && hasOutput(storage, runId, failed.id)
      ? next("read_logs", conditionOf(run), { run: shortId(runId), step: failed.id })
      : lineAfterShow(storage, run, view);
  renderNext(messages(io), line, options);
  return ExitCode.ok;
}
