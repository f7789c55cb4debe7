import {
  type FollowedRun,
  followRun,
  isOwned,
  isQuarantined,
  ownerState,
  RunReader,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import { type RunView, shownSteps, withReasons } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { remoteBackend } from "../backend/chosen-backend.js";
import { axw, commandText } from "../command.js";
import { type DbOptions, openToRead, placeOfRuns, printedPlace } from "../database.js";
import { ExitCode, exitCodeOfStatus } from "../exit-codes.js";
import { findRun } from "../find-run.js";
import { type CliIo, messages } from "../io.js";
import { metricsAsJson, usedAsJson } from "../json/run-json.js";
import { continueLine, hasOutput } from "../next/run-lines.js";
import { chooseView, isLive, type ViewOptions } from "../progress/choose-view.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { factsOf } from "../render/run-status.js";
import { shortId } from "../render/short-id.js";
import { failsOnTolerated, isMarked, renderSummary, stepTable } from "../render/summary.js";
import { count } from "../render/words.js";
import { wrap } from "../render/wrap.js";
import { isSimulatedResult } from "../simulation-note.js";
import { endingOf } from "../stored-ending.js";
import { holdOf, pauseOf } from "../waiting/pause-of.js";

/** How many journal entries before now the live view shows. */
const SHOWN_ENTRIES = 200;

const INDENT = "  ";

export interface WatchOptions extends DbOptions, ViewOptions {
  /** As in `DriveOptions`. */
  readonly failOnTolerated?: boolean;
}

/**
 * Shows a run as `axw run` does, no matter which process works on it, until it has ended, is paused
 * with nothing in flight, or has lost its process. A signal ends the watching and not the run.
 */
export async function watch(io: CliIo, id: string, options: WatchOptions): Promise<ExitCode> {
  using storage = await openToRead(io, options);
  return await watchRun(io, storage, findRun(storage, id).runId, options);
}

/** From where a run is shown, and the line above. */
export interface WatchedFrom {
  /** The last event that was already reported. */
  readonly afterSeq: number;
  readonly greeting: (run: RunView) => string;
}

/** Like `watch`, for a run in an open storage. */
export async function watchRun(
  io: CliIo,
  storage: StoragePort,
  runId: string,
  options: WatchOptions,
  from?: WatchedFrom,
): Promise<ExitCode> {
  const leaving = new AbortController();
  const release = (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) =>
    io.onSignal(signal, () => leaving.abort()),
  );
  io.stdout.onGone(() => leaving.abort());
  try {
    const run = await follow(io, storage, runId, options, { signal: leaving.signal, from });
    const stored = storage.getRun(runId);
    // Nothing is printed for a reader that has gone.
    if (stored === undefined || io.stdout.isGone) return ExitCode.ok;
    // The user has stopped watching, or a process has claimed an orphaned run in the meantime.
    if (!run.hasEnded && isWorkedOn(io, options, { stored, run }))
      return reportLeft(io, storage, stored, options);
    return reportEnd(io, { storage, stored, run }, options);
  } finally {
    for (const remove of release) remove();
  }
}

async function follow(
  io: CliIo,
  storage: StoragePort,
  runId: string,
  options: WatchOptions,
  { signal, from }: { readonly signal: AbortSignal; readonly from: WatchedFrom | undefined },
): Promise<RunView> {
  const row = RunReader.open(storage, runId).row;
  const isDrawn = isLive(io, options);
  const shownFrom = isDrawn ? Math.max(0, row.journalSeq - SHOWN_ENTRIES) : 0;
  const afterSeq = from?.afterSeq ?? shownFrom;
  const stillRuns = (): boolean => {
    const stored = storage.getRun(runId);
    return stored !== undefined && isWorkedOn(io, options, { stored, run: events.view });
  };
  const events: FollowedRun = followRun(storage, runId, { afterSeq, signal, isLive: stillRuns });
  const run = events.view;
  const isSimulated = simulationOf(run);
  const view = chooseView(io, options, {
    run,
    afterSeq,
    isSimulated,
    storage,
    startedAt: row.createdAt,
  });
  try {
    view.notice(from?.greeting(run) ?? greeting(io, row, options));
    if (from === undefined && afterSeq > 0)
      view.notice(`The first ${count(afterSeq, "event")} are not shown.`);
    for await (const event of events) {
      view.event(event);
      if (!isDrawn) await io.stdout.drained();
      if (io.stdout.isGone) break;
    }
  } finally {
    view.stop();
  }
  return run;
}

/** What works on a run: `process 42`, or `on restate`. */
function workerOf({ owner, backend }: StoredRun): string {
  return backend === undefined ? `process ${owner?.pid ?? "?"}` : `on ${cleanLine(backend)}`;
}

function greeting(io: CliIo, run: StoredRun, options: WatchOptions): string {
  const what = `${cleanLine(run.workflowId)} ${cleanLine(run.workflowVersion)}`.trim();
  const where = printedPlace(io, options);
  const who = isOwned(run) ? `  (${workerOf(run)})` : "";
  const steps = count(run.stepCount, "step");
  return `watching run ${shortId(run.runId)} of ${what}  ${steps}  ${where}${who}`;
}

/**
 * Whether a process works on the run. A run that workers perform may have none for a while: it
 * waits for one of them.
 */
function isWorkedOn(
  io: CliIo,
  options: WatchOptions,
  { stored, run }: Pick<End, "stored" | "run">,
): boolean {
  if (isOwned(stored)) return true;
  if (remoteBackend(io, options) === undefined) return false;
  if (stored.status === "running") return !isQuarantined(stored);
  // A copy does not say who finishes the steps of a paused run.
  return stored.backend !== undefined && run.steps().some(({ status }) => status === "running");
}

// Which agents another process simulates is known only from results.
function simulationOf(run: RunView): (agentId: string) => boolean {
  let isKnown = false;
  return () => {
    isKnown ||= Object.values(run.results()).some(isSimulatedResult);
    return isKnown;
  };
}

function reportLeft(
  io: CliIo,
  storage: StoragePort,
  run: StoredRun,
  options: WatchOptions,
): ExitCode {
  const out = messages(io, options);
  for (const line of wrap(out, leftText(io, run, options), INDENT)) out.line(line);
  renderNext(out, continueLine(storage, run), options);
  return ExitCode.interrupted;
}

function leftText(io: CliIo, run: StoredRun, options: WatchOptions): string {
  const id = shortId(run.runId);
  if (remoteBackend(io, options) !== undefined) {
    const [pause, cancel] = [axw("pause", id), axw("cancel", id)].map((command) =>
      commandText(command, io.stdout.typedAxw, options),
    );
    return (
      `Stopped watching: run ${id} continues on ${printedPlace(io, options)}. ` +
      `\`${pause}\` pauses it, and \`${cancel}\` ends it.`
    );
  }
  const host = run.owner?.host ?? "?";
  const where = ownerState(run) === "elsewhere" ? ` on ${cleanLine(host)}` : "";
  const how = run.backend === undefined ? "in " : "";
  return `Stopped watching: run ${id} continues ${how}${workerOf(run)}${where}.`;
}

interface End {
  readonly storage: StoragePort;
  readonly stored: StoredRun;
  readonly run: RunView;
}

function reportEnd(io: CliIo, { storage, stored, run }: End, options: WatchOptions): ExitCode {
  const { runId } = stored;
  const steps = withReasons(run.steps(), run);
  const { status } = run;
  if (status === "running") return reportOrphan(io, { storage, stored, run }, options);
  const ending = endingOf(runId, status, run);
  const database = placeOfRuns(io, options);
  if (options.json === true)
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      type: "run_ending",
      ...ending,
      metrics: metricsAsJson(ending.metrics),
      ...run.timeSpent(),
      ...usedAsJson(run),
      database,
    });
  renderSummary(io, {
    ending,
    steps,
    timeSpent: run.timeSpent(),
    database: printedPlace(io, options),
    options,
    agents: { isSimulated: () => false, resumeArgs: [] },
    stopped: run.stopped,
    budget: run.budget(),
    pause: pauseOf(run),
    hold: holdOf(run),
    hasOutput: (stepId) => hasOutput(storage, runId, stepId),
  });
  return failsOnTolerated(ending, options) ? ExitCode.failed : exitCodeOfStatus(status, false);
}

function reportOrphan(io: CliIo, { storage, stored, run }: End, options: WatchOptions): ExitCode {
  const out = messages(io, options);
  if (options.json === true) {
    const { runId } = stored;
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      type: "run_orphaned",
      runId,
      ownerState: ownerState(stored),
    });
  } else
    for (const line of stepTable(io.stdout, shownSteps(factsOf(stored), run), isMarked))
      io.stdout.line(line);
  for (const line of wrap(out, whyOrphaned(stored), INDENT)) out.line(line);
  renderNext(out, continueLine(storage, stored), options);
  return ExitCode.paused;
}

function whyOrphaned(run: StoredRun): string {
  const id = shortId(run.runId);
  const { pid = "?", host = "?" } = run.owner ?? {};
  const kept = "Its finished steps are kept.";
  switch (ownerState(run)) {
    case "expired":
      return (
        `Process ${pid} on ${cleanLine(host)} no longer renews its lease of run ${id}: it may ` +
        `be suspended. ${kept}`
      );
    case "gone":
      return `Run ${id} is orphaned: its process ${pid} has ended. ${kept}`;
    default:
      return `Run ${id} is orphaned: no process works on it. ${kept}`;
  }
}
