import { RunReader, type StoragePort, type StoredRun } from "@automatosx/workflow/observe";
import { type ShownStep, shownSteps } from "@automatosx/workflow/run-view";
import { cleanText } from "@automatosx/workflow/terminal-text";
import { type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findPlace } from "../find-place.js";
import { findStep } from "../find-step.js";
import type { CliIo } from "../io.js";
import { type NextLine, next } from "../next/actions.js";
import { conditionOf } from "../next/run-condition.js";
import { hasOutput } from "../next/run-lines.js";
import { type Output, safeJson } from "../Output.js";
import { factsOf } from "../render/run-status.js";
import { shortId } from "../render/short-id.js";
import { namesOf } from "../simulation-note.js";
import { UsageError } from "../UsageError.js";

/** How much is written at a time, in characters. */
const PART_LENGTH = 64 * 1024;

/** Why a step has no result, as a clause. */
const WHY: Readonly<Record<ShownStep["status"], string>> = {
  pending: "it has not started yet",
  ready: "it has not started yet",
  waiting: "it waits for its next attempt",
  running: "it is still running",
  open: "steps inside it are not settled yet",
  unknown: "it is not known whether its last attempt took effect",
  interrupted: "it was interrupted, and can be resumed",
  completed: "it has none",
  failed: "it failed",
  skipped: "it was skipped",
  cancelled: "it was cancelled",
};

/**
 * Prints the result of a step and nothing else: text as it is, any other value as JSON. Without a
 * step, prints an object with the outputs of a run whose workflow has `outputs`, and else with the
 * results of all completed steps by id.
 */
export async function result(
  io: CliIo,
  id: string,
  typed: string | undefined,
  options: DbOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  using storage = await openToRead(io, options);
  const { run, word } = findPlace(storage, id, typed);
  const { view } = RunReader.open(storage, run.runId).catchUp();
  const steps = shownSteps(factsOf(run), view);
  const show = next("show_run", conditionOf(run), { run: shortId(run.runId) });
  if (word === undefined) {
    const results = view.results();
    if (Object.keys(results).length === 0) throw noResults(run, steps, show);
    const outputs = view.status === "completed" ? view.outputs() : undefined;
    await writeWhole(io.stdout, textOf(io.stdout, outputs ?? results, options.json === true));
    return ExitCode.ok;
  }
  const remedy = `${stepsWithResult(steps)} All steps: ${namesOf(steps.map(({ id }) => id))}.`;
  const step = findStep(steps, word, { runId: run.runId, next: show, remedy });
  if (step.status !== "completed") throw noResult(storage, run, steps, step);
  await writeWhole(io.stdout, textOf(io.stdout, step.result ?? null, options.json === true));
  return ExitCode.ok;
}

// In a pipe, a result arrives as the agent returned it. A terminal would interpret it.
function textOf(out: Output, value: unknown, isJson: boolean): string {
  if (typeof value !== "string" || isJson)
    return `${safeJson(value, out.isTty && !isJson ? 2 : undefined)}\n`;
  const text = out.isTty ? cleanText(value) : value;
  return text.endsWith("\n") ? text : `${text}\n`;
}

async function writeWhole(out: Output, text: string): Promise<void> {
  for (let from = 0; from < text.length && !out.isGone; ) {
    const end = from + PART_LENGTH;
    // The two halves of a character must be written together.
    const unit = text.charCodeAt(end - 1);
    const to = unit >= 0xd800 && unit <= 0xdbff ? end + 1 : end;
    out.write(text.slice(from, to));
    await out.drained();
    from = to;
  }
}

function noResults({ runId }: StoredRun, steps: readonly ShownStep[], show: NextLine): UsageError {
  return new UsageError(`Run ${shortId(runId)} has no results: no step has completed.`, {
    code: "result_not_found",
    remedy: stepsWithResult(steps),
    next: show,
  });
}

function noResult(
  storage: StoragePort,
  stored: StoredRun,
  steps: readonly ShownStep[],
  step: ShownStep,
): UsageError {
  const run = shortId(stored.runId);
  const why = WHY[step.status];
  return new UsageError(`Step \`${step.id}\` of run ${run} has no result: ${why}.`, {
    code: "result_not_found",
    remedy: stepsWithResult(steps),
    next: lineFor(storage, stored, step) ?? next("show_run", conditionOf(stored), { run }),
  });
}

function stepsWithResult(steps: readonly ShownStep[]): string {
  const ids = steps.filter(({ status }) => status === "completed").map(({ id }) => id);
  return ids.length === 0
    ? "No step of the run has a result."
    : `Steps with a result: ${namesOf(ids)}.`;
}

function lineFor(
  storage: StoragePort,
  stored: StoredRun,
  { id, status }: ShownStep,
): NextLine | undefined {
  const [run, condition] = [shortId(stored.runId), conditionOf(stored)];
  if (status === "failed" && hasOutput(storage, stored.runId, id))
    return next("read_logs", condition, { run, step: id });
  return condition === "running" ? next("follow_run", condition, { run }) : undefined;
}
