import {
  CheckpointManager,
  isOrphaned,
  isOwned,
  isQuarantined,
  latestChildRuns,
  type OwnerState,
  ownerState,
  RunReader,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import {
  budgetText,
  pauseText,
  type RunView,
  shownSteps,
  stopText,
  timeText,
} from "@automatosx/workflow/run-view";
import { cleanLine, cleanText } from "@automatosx/workflow/terminal-text";
import { isQueued } from "../backend/is-queued.js";
import { placedRun } from "../copied-project.js";
import { announceFoundDatabase, type DbOptions, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { aboutFile, fileStateAsJson, isResumable, RunFiles } from "../file-state.js";
import { findRun } from "../find-run.js";
import { type CliIo, messages } from "../io.js";
import {
  checkpointAsJson,
  metricsAsJson,
  runAsJson,
  stepAsJson,
  usedAsJson,
} from "../json/run-json.js";
import { next } from "../next/actions.js";
import { handlersLeft, handlersLeftText, linesForHandlers } from "../next/handlers-left.js";
import { lineAfterShow } from "../next/run-lines.js";
import { isTroubled, undeliveredLines } from "../notify/undelivered.js";
import type { Output } from "../Output.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { checkpointTable } from "../render/checkpoint-table.js";
import { renderNext } from "../render/error.js";
import { excerptLines } from "../render/excerpt.js";
import { originLines } from "../render/origin-lines.js";
import { fitReason, MAX_REASON_WIDTH, renderFailures } from "../render/reason.js";
import { inputsText, renderOutputs, renderResults } from "../render/results.js";
import { factsOf, runStatusWord, shownStatus } from "../render/run-status.js";
import { shortId } from "../render/short-id.js";
import { statusWord } from "../render/status.js";
import { isMarked, stepTable } from "../render/summary.js";
import { withChildRuns } from "../render/with-child-runs.js";
import { instant } from "../render/words.js";
import { wrap } from "../render/wrap.js";
import { pauseOf } from "../waiting/pause-of.js";
import { questionsOf } from "../waiting/questions-of.js";

/** The width of `error    `. */
const INDENT = " ".repeat(9);

/** How much of the error of a run is shown that a failed step ended, in cells. */
const STEP_REASON_WIDTH = 160;

const OWNER_WORDS: Readonly<Record<OwnerState, string>> = {
  none: "none",
  gone: "gone",
  alive: "alive",
  elsewhere: "on another machine or in another container",
  expired: "it no longer renews its lease",
  backend: "another backend executes it",
};

/** Shows a run as recorded in its journal so far, no matter which process owns it. */
export async function show(
  io: CliIo,
  id: string,
  options: DbOptions & { readonly json?: boolean },
): Promise<ExitCode> {
  announceFoundDatabase(io, options);
  using storage = await openToRead(io, options);
  const run = findRun(storage, id);
  const { view, problems, definition } = RunReader.open(storage, run.runId).catchUp();
  const [steps, results] = [view.steps(), view.results()];
  const outputs = view.status === "completed" ? view.outputs() : undefined;
  const children = definition.language === undefined ? [] : latestChildRuns(storage, run.runId);
  const checkpoints = new CheckpointManager(storage).listCheckpoints(run.runId);
  const left = children.length === 0 ? [] : handlersLeft(storage, run);
  const placed = placedRun(io, options, run);
  const file = await new RunFiles(storage).stateOf(placed);
  if (options.json === true) {
    const attempts = storage.listAttempts(run.runId);
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      run: runAsJson(run),
      workflowFile: fileStateAsJson(file),
      isOrphaned: isOrphaned(run) && !isQueued(io, options, run),
      ownerState: ownerState(run),
      metrics: metricsAsJson(view.metrics()),
      ...timeSpentOn(run, view),
      steps: steps.map(stepAsJson),
      attempts,
      results,
      ...(outputs !== undefined && { outputs }),
      ...rerunsAsJson(view),
      ...pauseAndBudgetAsJson(view, storage),
      ...(children.length > 0 && { childRuns: children.map(runAsJson) }),
      ...noticesAsJson(storage, run),
      checkpoints: checkpoints.map(checkpointAsJson),
    });
    return ExitCode.ok;
  }
  const { stdout } = io;
  const status = isQueued(io, options, run) ? "queued" : shownStatus(run);
  renderHead(stdout, { run, status }, view, storage);
  if (left.length > 0) renderField(stdout, "left", [handlersLeftText(left)]);
  // What reads typed values is loaded only if the line has some.
  const isSame = file.state !== "changed" && file.state !== "invalid";
  const { runAgain, amendLine } = isSame ? {} : await import("../run-again.js");
  const again = runAgain?.(io, placed, definition, file);
  const about = aboutFile(stdout, file, isResumable(run) ? again : undefined, options);
  for (const line of originLines(io, placed, about)) stdout.line(line);
  for (const problem of problems)
    io.stderr.line(`${statusWord(io.stderr, "warning")}  ${cleanText(problem.message)}`);
  const shown = withChildRuns(shownSteps(factsOf(run), view), children);
  for (const line of stepTable(stdout, shown, isMarked)) stdout.line(line);
  renderFailures(stdout, steps);
  renderResults(stdout, run.runId, results, options);
  if (outputs !== undefined) renderOutputs(stdout, run.runId, outputs, options);
  if (checkpoints.length > 0)
    for (const line of checkpointTable(stdout, checkpoints)) stdout.line(line);
  const line = run.status === "failed" ? amendLine?.(io, placed, file) : undefined;
  const lines = [
    status === "queued"
      ? next("follow_run", "running", { run: shortId(run.runId) })
      : (line ?? lineAfterShow(storage, run, view)),
  ];
  for (const each of left.length > 0 ? linesForHandlers(left) : lines)
    renderNext(messages(io), each, options);
  return ExitCode.ok;
}

/** What a run came from: a step of another run, or another run as of a checkpoint. */
function parentText({ parentRunId = "", parentStepId }: StoredRun): string {
  const run = `run ${shortId(parentRunId)}`;
  return parentStepId === undefined ? `forked from ${run}` : `step ${parentStepId} of ${run}`;
}

function timeSpentOn(run: StoredRun, view: RunView): ReturnType<RunView["timeSpent"]> {
  return view.timeSpent(isOwned(run) ? Date.now() : undefined);
}

/** The entries with which the run went back, if there are any. */
function rerunsAsJson(view: RunView): object {
  const reruns = view.reruns().map(({ seq, ...rerun }) => ({ journalSeq: seq, ...rerun }));
  return reruns.length === 0 ? {} : { reruns };
}

/** The receivers that notices of the run could not be delivered to, if there are any. */
function noticesAsJson(storage: StoragePort, { runId }: StoredRun): object {
  const troubled = storage.notices.ofRun(runId).filter(isTroubled);
  if (troubled.length === 0) return {};
  return {
    notices: troubled.map(({ name, givenUp, failures, error }) => ({
      ...{ receiver: name, givenUp, failures },
      ...(error !== undefined && { error }),
    })),
  };
}

function pauseAndBudgetAsJson(view: RunView, storage: StoragePort): object {
  const pause = pauseOf(view);
  const questions = questionsOf(view, storage);
  return {
    ...usedAsJson(view),
    ...(pause !== undefined && { pausedFor: pause.reason }),
    ...(questions.length > 0 && { waitsFor: questions }),
  };
}

function renderHead(
  out: Output,
  { run, status: shown }: { readonly run: StoredRun; readonly status: string },
  view: RunView,
  storage: StoragePort,
): void {
  const workflow = `${cleanLine(run.workflowId)} ${cleanLine(run.workflowVersion)}`;
  const status = runStatusWord(out, shown, view.metrics());
  out.line(`${status}  run ${shortId(run.runId)} of ${workflow}`);
  out.line(`id       ${run.runId}`);
  if (run.parentRunId !== undefined && run.forkedFrom === undefined)
    renderField(out, "parent", [parentText(run)]);
  out.line(`started  ${instant(run.createdAt)}, ${timeText(timeSpentOn(run, view))}`);
  if (run.forkedFrom !== undefined) out.line(`forked   ${forkText(run.forkedFrom)}`);
  if (run.owner !== undefined) {
    const { pid, host } = run.owner;
    out.line(`owner    process ${pid} on ${cleanLine(host)} (${OWNER_WORDS[ownerState(run)]})`);
  }
  if (run.backend !== undefined) renderField(out, "backend", [backendText(run)]);
  if (run.error !== undefined) {
    // The errors of failed steps follow below.
    const width = run.errorCode === "step_failed" ? STEP_REASON_WIDTH : MAX_REASON_WIDTH;
    renderField(out, "error", [fitReason(run.error, width)]);
  }
  const budget = view.budget();
  const used = budget === undefined ? "" : budgetText(budget);
  if (used !== "") renderField(out, "budget", [used]);
  const undelivered = undeliveredLines(storage.notices.ofRun(run.runId));
  if (undelivered.length > 0) renderField(out, "notices", undelivered);
  const { stopped } = view;
  if (stopped !== undefined) renderField(out, "stopped", [stopText(stopped)]);
  const pause = pauseOf(view, storage);
  if (pause !== undefined && pauseText(pause) !== "")
    renderField(out, "paused", [pauseText(pause)]);
  if (isQuarantined(run)) {
    const cause = run.recoveryError ?? "its engine died each time";
    const times = `quarantined after ${run.failedRecoveries} failed attempts`;
    renderField(out, "recovery", excerptLines(`${times}: ${cause}`, "--json"));
  }
  const inputs = view.inputs();
  if (Object.keys(inputs).length > 0) renderField(out, "inputs", [inputsText(inputs)]);
}

function forkText({ runId, seq, checkpointId }: NonNullable<StoredRun["forkedFrom"]>): string {
  const where = checkpointId === undefined ? `event ${seq}` : `checkpoint ${shortId(checkpointId)}`;
  return `from run ${shortId(runId)} at ${where}`;
}

function renderField(out: Output, name: string, lines: readonly string[]): void {
  const text = lines.map((line) => INDENT + line).join("\n");
  for (const row of wrap(out, name + text.slice(name.length), INDENT)) out.line(row);
}

/** Where a run is executed that has a copy in this database. */
function backendText({ backend = "?", status }: StoredRun): string {
  const name = cleanLine(backend);
  return status === "running"
    ? `executed on ${name}; this is a copy`
    : `a copy of a run on ${name}`;
}
