import { isOwned, type StoragePort } from "@automatosx/workflow/observe";
import { announceFoundDatabase, type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findRun } from "../find-run.js";
import { type CliIo, messages } from "../io.js";
import type { NextLine } from "../next/actions.js";
import { lineAfterSilence, lineForOtherStep, silenceText } from "../next/after-silent-logs.js";
import { renderNext } from "../render/error.js";
import { LineLog } from "../render/LineLog.js";
import { JsonLog, type LogPiece, type LogPrinter, RawLog } from "../render/log-printer.js";
import { shortId } from "../render/short-id.js";
import { UsageError } from "../UsageError.js";
import { AttemptEnds } from "./logs/AttemptEnds.js";

const POLL_MS = 200;

/** How much output is read and printed at a time, in characters. */
const PAGE_LENGTH = 1024 * 1024;

/** The maximum number of step ids that an error lists. */
const NAMED_STEP_LIMIT = 10;

export interface LogsOptions extends DbOptions {
  readonly attempt?: number;
  readonly follow?: boolean;
  /** Whether to print only the text, as it was written. */
  readonly raw?: boolean;
  readonly json?: boolean;
}

/**
 * Prints the agent output of a run, or of one step. Each line begins with its time and, with
 * several steps, its step. With `follow`, also prints new output for as long as a process owns the
 * run.
 */
export async function logs(
  io: CliIo,
  id: string,
  stepId: string | undefined,
  options: LogsOptions,
): Promise<ExitCode> {
  announceFoundDatabase(io, options);
  using storage = await openToRead(io, options);
  const run = findRun(storage, id);
  const { runId, definitionHash } = run;
  const stepIds = stepIdsOf(storage, definitionHash);
  if (stepId !== undefined && !stepIds.includes(stepId))
    throw unknownStep(stepId, stepIds, { runId, next: lineForOtherStep(storage, run) });
  const printer = printerFor(io, stepId === undefined ? stepIds : undefined, options);
  const hasOutput = await printAll(io, storage, { runId, stepId, printer, options });
  printer.end();
  if (!hasOutput && options.json !== true) {
    const { attempt } = options;
    const silent = { storage, run: findRun(storage, runId), stepId, attempt };
    io.stderr.line(silenceText(silent));
    renderNext(io.stderr, lineAfterSilence(silent), options);
  }
  return ExitCode.ok;
}

function printerFor(
  io: CliIo,
  stepIds: readonly string[] | undefined,
  options: LogsOptions,
): LogPrinter {
  if (options.json === true) return new JsonLog(io.stdout);
  if (options.raw === true) return new RawLog(io.stdout);
  return new LineLog(io.stdout, {
    messages: messages(io, options),
    ...(stepIds !== undefined && { stepIds }),
  });
}

interface Printing {
  readonly runId: string;
  readonly stepId: string | undefined;
  readonly printer: LogPrinter;
  readonly options: LogsOptions;
}

// Returns whether there was any output.
async function printAll(
  io: CliIo,
  storage: StoragePort,
  { runId, stepId, printer, options }: Printing,
): Promise<boolean> {
  const ends = new AttemptEnds(storage, runId);
  const endAttempts = (at: number): void => {
    if (printer.hasOpenLine) for (const end of ends.until(at)) printer.endAttempt(end);
  };
  const { attempt, follow = false } = options;
  const isPrinted = ({ attemptNumber }: LogPiece): boolean =>
    attempt === undefined || attemptNumber === attempt;
  let afterId = 0;
  const read = (): readonly LogPiece[] => {
    const page = storage.readLogs(runId, stepId, afterId, PAGE_LENGTH);
    afterId = page.at(-1)?.id ?? afterId;
    return page;
  };
  let hasOutput = false;
  for (;;) {
    const lost = follow ? storage.lost?.("file") : undefined;
    if (lost !== undefined) throw lost;
    // Read these before the logs, so that output written in between is printed in the next round.
    const run = storage.getRun(runId);
    const continues = follow && run !== undefined && isOwned(run);
    if (follow) ends.read();
    for (let page = read(); page.length > 0 && !io.stdout.isGone; ) {
      const [pieces, next] = [page.filter(isPrinted), read()];
      hasOutput ||= pieces.length > 0;
      if (!continues && next.length === 0) printer.print(pieces, { isLast: true });
      else printer.print(pieces, { onOpenLine: ({ at }) => endAttempts(at) });
      await io.stdout.drained();
      page = next;
    }
    endAttempts(Number.POSITIVE_INFINITY);
    if (!continues || io.stdout.isGone) return hasOutput;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function stepIdsOf(storage: StoragePort, definitionHash: string): readonly string[] {
  const { steps } = JSON.parse(
    storage.getWorkflow(definitionHash)?.definition ?? `{"steps":[]}`,
  ) as { steps: { id: string }[] };
  return steps.map((step) => step.id);
}

function unknownStep(
  stepId: string,
  stepIds: readonly string[],
  { runId, next }: { readonly runId: string; readonly next: NextLine },
): UsageError {
  const ids = stepIds.slice(0, NAMED_STEP_LIMIT);
  return new UsageError(`Run ${shortId(runId)} has no step \`${stepId}\`.`, {
    remedy: `Its steps: ${ids.join(", ")}${stepIds.length > ids.length ? ", …" : ""}.`,
    next,
  });
}
