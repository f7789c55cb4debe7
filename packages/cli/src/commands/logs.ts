import {
  isOwned,
  latestChildRuns,
  type StepInfo,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import { announceFoundDatabase, type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findPlace } from "../find-place.js";
import { findRun } from "../find-run.js";
import { findStep } from "../find-step.js";
import { type CliIo, messages } from "../io.js";
import { lineAfterSilence, lineForOtherStep, silenceText } from "../next/after-silent-logs.js";
import { storedSteps } from "../next/run-lines.js";
import { renderNext } from "../render/error.js";
import { LineLog } from "../render/LineLog.js";
import { JsonLog, type LogPiece, type LogPrinter, RawLog } from "../render/log-printer.js";
import { isWithin } from "../step-path.js";
import { AttemptEnds } from "./logs/AttemptEnds.js";
import { type LogSource, logSourceOf } from "./logs/log-source.js";

const POLL_MS = 200;

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
  typed: string | undefined,
  options: LogsOptions,
): Promise<ExitCode> {
  announceFoundDatabase(io, options);
  using storage = await openToRead(io, options);
  const place = findPlace(storage, id, typed);
  const named =
    place.word === undefined
      ? undefined
      : namedStep(storage, place.run, stepsOf(storage, place.run), place.word);
  // A step that runs a workflow has the output of its run.
  const child = named?.workflow && childOf(storage, place.run, named.id);
  const run = child ?? place.run;
  const step = child === undefined ? named : undefined;
  const { runId } = run;
  const steps = stepsOf(storage, run);
  // A step with steps inside has no output of its own.
  const owner = step?.kind === undefined ? undefined : step.id;
  const printed = owner === undefined ? steps : steps.filter(({ id }) => isWithin(id, owner));
  const stepId = owner === undefined ? step?.id : undefined;
  const ids = stepId === undefined ? printed.map(({ id }) => id) : undefined;
  const printer = printerFor(io, ids, options);
  const source = logSourceOf(storage, runId, stepId);
  const hasOutput = await printAll(io, storage, { runId, source, owner, printer, options });
  printer.end();
  if (!hasOutput && options.json !== true) {
    const { attempt } = options;
    const { isNotKept } = source;
    const silent = { storage, run: findRun(storage, runId), stepId: step?.id, attempt, isNotKept };
    io.stderr.line(silenceText(silent));
    renderNext(io.stderr, lineAfterSilence(silent), options);
  }
  return ExitCode.ok;
}

function childOf(
  storage: StoragePort,
  { runId }: StoredRun,
  stepId: string,
): StoredRun | undefined {
  return latestChildRuns(storage, runId).find(({ parentStepId }) => parentStepId === stepId);
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
  readonly source: LogSource;
  /** Only the output of steps inside this one is printed. */
  readonly owner: string | undefined;
  readonly printer: LogPrinter;
  readonly options: LogsOptions;
}

// Returns whether there was any output.
async function printAll(
  io: CliIo,
  storage: StoragePort,
  { runId, source, owner, printer, options }: Printing,
): Promise<boolean> {
  const ends = new AttemptEnds(storage, runId);
  const endAttempts = (at: number): void => {
    if (printer.hasOpenLine) for (const end of ends.until(at)) printer.endAttempt(end);
  };
  const { attempt, follow = false } = options;
  const isPrinted = (piece: LogPiece): boolean =>
    (attempt === undefined || piece.attemptNumber === attempt) &&
    (owner === undefined || isWithin(piece.stepId, owner));
  let hasOutput = false;
  for (;;) {
    const lost = follow ? storage.lost?.("file") : undefined;
    if (lost !== undefined) throw lost;
    // Read these before the logs, so that output written in between is printed in the next round.
    const run = storage.getRun(runId);
    const continues = follow && run !== undefined && isAtWork(run);
    if (follow) ends.read();
    for (let page = await source.next(); page.length > 0 && !io.stdout.isGone; ) {
      const [pieces, next] = [page.filter(isPrinted), await source.next()];
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

/** Whether steps of the run may still write. Of a copy, no process is known that owns it. */
function isAtWork(run: StoredRun): boolean {
  return run.backend === undefined ? isOwned(run) : run.status === "running";
}

// What has not begun, or cannot be read, is known from the definition.
function stepsOf(
  storage: StoragePort,
  { runId, definitionHash }: StoredRun,
): readonly Pick<StepInfo, "id" | "kind" | "workflow">[] {
  const steps = storedSteps(storage, runId);
  if (steps.length > 0) return steps;
  const { steps: defined } = JSON.parse(
    storage.getWorkflow(definitionHash)?.definition ?? `{"steps":[]}`,
  ) as { steps: Pick<StepInfo, "id" | "workflow">[] };
  return defined;
}

function namedStep(
  storage: StoragePort,
  run: StoredRun,
  steps: readonly Pick<StepInfo, "id" | "kind" | "workflow">[],
  word: string,
): Pick<StepInfo, "id" | "kind" | "workflow"> {
  const ids = steps.slice(0, NAMED_STEP_LIMIT).map(({ id }) => id);
  const more = steps.length > ids.length ? ", …" : "";
  const remedy = `Its steps: ${ids.join(", ")}${more}.`;
  const { runId } = run;
  return findStep(steps, word, { runId, next: lineForOtherStep(storage, run), remedy });
}
