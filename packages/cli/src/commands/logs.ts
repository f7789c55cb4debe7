import { isOwned, type StoragePort } from "@automatosx/workflow/observe";
import { axw } from "../command.js";
import { type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findRun } from "../find-run.js";
import type { CliIo } from "../io.js";
import { renderNext } from "../render/error.js";
import { logPrinter } from "../render/log-printer.js";
import { shortId } from "../render/short-id.js";
import { UsageError } from "../UsageError.js";

const POLL_MS = 200;

/** How much output is read and printed at a time, in characters. */
const PAGE_LENGTH = 1024 * 1024;

/** The maximum number of step ids that an error lists. */
const NAMED_STEP_LIMIT = 10;

export interface LogsOptions extends DbOptions {
  readonly attempt?: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/**
 * Prints the agent output of a run, or of one step. With several steps, each line begins with its
 * step id. With `follow`, also prints new output for as long as a process owns the run.
 */
export async function logs(
  io: CliIo,
  id: string,
  stepId: string | undefined,
  options: LogsOptions,
): Promise<ExitCode> {
  using storage = await openToRead(io, options);
  const { runId, definitionHash } = findRun(storage, id);
  if (stepId !== undefined) refuseUnknownStep(storage, { runId, definitionHash, stepId });
  const printer = logPrinter(io, stepId, options);
  let afterId = 0;
  let hasOutput = false;
  for (;;) {
    const lost = options.follow === true ? storage.lost?.("file") : undefined;
    if (lost !== undefined) throw lost;
    // Read this before the logs, so that output written in between is printed in the next round.
    const run = storage.getRun(runId);
    const continues = options.follow === true && run !== undefined && isOwned(run);
    while (!io.stdout.isGone) {
      const page = storage.readLogs(runId, stepId, afterId, PAGE_LENGTH);
      if (page.length === 0) break;
      for (const chunk of page) {
        afterId = chunk.id;
        if (options.attempt !== undefined && chunk.attemptNumber !== options.attempt) continue;
        hasOutput = true;
        printer.print(chunk);
      }
      await io.stdout.drained();
    }
    if (!continues || io.stdout.isGone) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  printer.end();
  if (!hasOutput && options.json !== true) {
    io.stderr.line(
      options.attempt === undefined
        ? "The agents have written no output."
        : `There is no output of attempt ${options.attempt}.`,
    );
    renderNext(io.stderr, axw("show", shortId(runId)), options);
  }
  return ExitCode.ok;
}

interface StepOfRun {
  readonly runId: string;
  readonly definitionHash: string;
  readonly stepId: string;
}

function refuseUnknownStep(
  storage: StoragePort,
  { runId, definitionHash, stepId }: StepOfRun,
): void {
  const { steps } = JSON.parse(
    storage.getWorkflow(definitionHash)?.definition ?? `{"steps":[]}`,
  ) as { steps: { id: string }[] };
  if (steps.some((step) => step.id === stepId)) return;
  const ids = steps.slice(0, NAMED_STEP_LIMIT).map((step) => step.id);
  throw new UsageError(`Run ${shortId(runId)} has no step \`${stepId}\`.`, {
    remedy: `Its steps: ${ids.join(", ")}${steps.length > ids.length ? ", …" : ""}.`,
    next: axw("logs", shortId(runId), ids[0] ?? "STEP"),
  });
}
