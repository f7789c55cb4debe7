import type { RunEvent, WorkflowDefinition } from "@automatosx/schemas";
import {
  isOwned,
  type RunEnding,
  type RunHandle,
  type WorkflowEngine,
  type WorkflowError,
} from "@automatosx/workflow";
import { type RunView, withReasons } from "@automatosx/workflow/run-view";
import type { ChosenAgents } from "./choose-agents.js";
import { axw } from "./command.js";
import { type DbOptions, placeOfRuns, printedPlace } from "./database.js";
import { ExitCode, exitCodeOfStatus } from "./exit-codes.js";
import { hostSecrets, requireSecrets } from "./host-secrets.js";
import { Interrupts } from "./Interrupts.js";
import { type CliIo, messages } from "./io.js";
import { metricsAsJson, usedAsJson } from "./json/run-json.js";
import { type NextLine, next } from "./next/actions.js";
import { continueLine, hasOutput } from "./next/run-lines.js";
import { DeliveryWait } from "./notify/DeliveryWait.js";
import { noticeCommand } from "./notify/notice-command.js";
import { openEngine } from "./open-engine.js";
import { chooseView, type ViewOptions } from "./progress/choose-view.js";
import { SCHEMA_VERSION } from "./progress/JsonView.js";
import type { ProgressView } from "./progress/ProgressView.js";
import { renderNext } from "./render/error.js";
import { shortId } from "./render/short-id.js";
import { failsOnTolerated, isMarked, renderSummary, stepTable } from "./render/summary.js";
import { keptResultNotes } from "./simulation-note.js";
import { storedEnding } from "./stored-ending.js";
import { UsageError } from "./UsageError.js";
import { isWaiting } from "./waiting/is-waiting.js";
import { holdOf, pauseOf } from "./waiting/pause-of.js";

export interface DriveOptions extends DbOptions, ViewOptions {
  readonly durability: "full" | "process";
  /** Whether a run that completes although steps failed counts as failed. */
  readonly failOnTolerated?: boolean;
  /** Whether this process performs the run, although workers could. */
  readonly local?: boolean;
  /** Whether to leave a run to the workers without showing it. */
  readonly detach?: boolean;
  /** Whether to start a run although no worker serves one of its agents. */
  readonly queueAnyway?: boolean;
  /** False to ask nothing on the terminal. */
  readonly ask?: boolean;
}

/** A run that this process has started or resumed. */
interface Begun {
  readonly handle: RunHandle;
  /** The last event that was already reported; only later events are shown. */
  readonly afterSeq: number;
  /** The first line to print, which describes the run as of that event. */
  readonly greeting: (run: RunView) => string;
}

interface Drive {
  readonly io: CliIo;
  readonly options: DriveOptions;
  readonly chosen: ChosenAgents;
  readonly definition: WorkflowDefinition;
  /** Whether to create the database if it does not exist. */
  readonly createsDatabase: boolean;
  /** What is different about the workflow file of a stored run. */
  readonly aboutFile?: readonly string[];
  /** The command that runs the file as it is now, which the run itself does not use. */
  readonly again?: NextLine;
  /** Starts or resumes the run. */
  begin(engine: WorkflowEngine, interrupts: Interrupts): Promise<Begun>;
}

/**
 * Opens the engine, begins the run, shows progress until the run has ended or is paused, and prints
 * a summary.
 */
export async function driveRun(drive: Drive): Promise<ExitCode> {
  const { io, options, chosen } = drive;
  const sinceAt = Date.now();
  const database = placeOfRuns(io, options);
  requireSecrets(io, drive.definition, chosen);
  // Disposed after the engine, which waits for the deliveries.
  using deliveries = new DeliveryWait(messages(io, options));
  await using opened = await openEngine(io, options, {
    create: drive.createsDatabase,
    durability: options.durability,
    agents: chosen.agents,
    agentFactory: chosen.factory,
    secrets: hostSecrets(io, chosen),
    notify: { receivers: chosen.receivers, commandFor: noticeCommand(io, options) },
  });
  const { engine } = opened;
  const interrupts = new Interrupts(io, {
    command: (runId) => axw("resume", shortId(runId), ...chosen.resumeArgs),
    place: options,
  });
  try {
    let begun = await drive.begin(engine, interrupts);
    let watched = await watch({ ...drive, sinceAt }, engine, interrupts, begun);
    for (;;) {
      const asked = await ask(drive, engine, interrupts, watched);
      if (asked === undefined) break;
      if (asked.resumed === undefined) {
        const now = asNow(engine, watched);
        if (now === undefined) return reportElsewhere(drive, engine, watched);
        watched = now;
        break;
      }
      begun = asked.resumed;
      watched = await watch({ ...drive, sinceAt }, engine, interrupts, begun);
    }
    const { ending, view } = watched;
    const timeSpent = view.timeSpent();
    if (ending.errorCode === "database_unusable") throw lostDatabase(drive, engine, ending, begun);
    if (options.json === true) printEnding(drive, watched, database);
    renderSummary(io, {
      ending,
      steps: withReasons(view.steps(), view),
      timeSpent,
      database: printedPlace(io, options),
      options,
      agents: chosen,
      sinceAt,
      stopped: view.stopped,
      budget: view.budget(),
      pause: pauseOf(view, engine.storage),
      hold: holdOf(view, engine.storage),
      hasOutput: (stepId) => hasOutput(engine.storage, ending.runId, stepId),
      again: drive.again,
    });
    deliveries.begin(engine, ending.runId);
    return failsOnTolerated(ending, options)
      ? ExitCode.failed
      : exitCodeOfStatus(ending.status, interrupts.wasInterrupted);
  } finally {
    interrupts.stop();
  }
}

function printEnding({ io, chosen }: Drive, { ending, view }: Watched, database: string): void {
  io.stdout.json({
    schemaVersion: SCHEMA_VERSION,
    type: "run_ending",
    ...ending,
    metrics: metricsAsJson(ending.metrics),
    ...view.timeSpent(),
    ...usedAsJson(view),
    database,
    directory: chosen.directory,
    agentsFile: chosen.agentsFile ?? null,
    agents: chosen.performers,
  });
}

interface Watched {
  readonly ending: RunEnding;
  readonly view: RunView;
}

/** What came of asking the user. */
interface Asked {
  /** Absent if nothing was answered, or if another process has resumed or ended the run. */
  readonly resumed?: Begun;
}

/**
 * If the run waits for a person, asks the user at the terminal and resumes the run. Undefined if
 * no person can be asked.
 */
async function ask(
  { io, options }: Drive,
  engine: WorkflowEngine,
  interrupts: Interrupts,
  { ending, view }: Watched,
): Promise<Asked | undefined> {
  const { ask = true, json = false } = options;
  const pause = pauseOf(view, engine.storage);
  if (pause?.reason !== "waiting" || interrupts.wasInterrupted) return undefined;
  if (!ask || json || !io.canAsk()) return undefined;
  const { runId } = ending;
  const { askAndAnswer } = await import("./waiting/ask-and-answer.js");
  const { questions } = pause;
  const answerCount = await askAndAnswer(io, { engine, runId, questions, view, interrupts });
  if (answerCount === 0 || interrupts.wasInterrupted) return {};
  const handle = await resumeIfWaiting(engine, runId);
  if (handle === undefined) return {};
  const greeting = (): string => `resuming run ${shortId(runId)}`;
  return { resumed: { handle, afterSeq: view.seq, greeting } };
}

async function resumeIfWaiting(
  engine: WorkflowEngine,
  runId: string,
): Promise<RunHandle | undefined> {
  if (!isWaiting(engine.storage.getRun(runId))) return undefined;
  try {
    return await engine.resume(runId);
  } catch (error) {
    const stored = engine.storage.getRun(runId);
    if (isWaiting(stored) && !isOwned(stored)) throw error;
    return undefined;
  }
}

/**
 * The run as it is stored now: while a person typed, another process may have continued it.
 * Undefined if it is running.
 */
function asNow({ storage }: WorkflowEngine, watched: Watched): Watched | undefined {
  const { runId } = watched.ending;
  const stored = storage.getRun(runId);
  if (stored === undefined) return watched;
  return isOwned(stored) ? undefined : storedEnding(storage, runId);
}

function reportElsewhere(
  { io, options }: Drive,
  { storage }: WorkflowEngine,
  { ending: { runId } }: Watched,
): ExitCode {
  const stored = storage.getRun(runId);
  const pid = stored !== undefined && isOwned(stored) ? stored.owner?.pid : undefined;
  io.stdout.line(
    pid === undefined
      ? `Run ${shortId(runId)} was resumed by another process, which has ended.`
      : `Run ${shortId(runId)} continues in process ${pid}.`,
  );
  if (stored !== undefined) renderNext(messages(io), continueLine(storage, stored), options);
  return ExitCode.elsewhere;
}

// The run cannot be resumed from this path, so it must not be reported as saved.
function lostDatabase(
  { io, options, chosen }: Drive,
  { storage }: WorkflowEngine,
  { error = "" }: RunEnding,
  { handle }: Begun,
): UsageError {
  if (options.json !== true)
    for (const line of stepTable(io.stdout, handle.steps(), isMarked)) io.stdout.line(line);
  return new UsageError(`Run ${shortId(handle.id)} was stopped. ${error}`, {
    code: "database_unusable",
    next: lineAfterLoss(storage.lost?.("file"), handle.id, chosen),
  });
}

function lineAfterLoss(
  loss: WorkflowError | undefined,
  runId: string,
  { resumeArgs: args }: ChosenAgents,
): NextLine {
  const database = loss?.suggestion.database;
  return database === undefined
    ? next("inspect_database", "unusable", undefined)
    : next("resume_moved", "moved_database", { run: shortId(runId), args, database });
}

async function watch(
  drive: Drive & { readonly sinceAt: number },
  { storage }: WorkflowEngine,
  interrupts: Interrupts,
  { handle, afterSeq, greeting }: Begun,
): Promise<Watched> {
  const events = handle.events({ afterSeq });
  const view = chooseView(drive.io, drive.options, {
    run: events.view,
    afterSeq,
    isSimulated: drive.chosen.isSimulated,
    storage,
    startedAt: Date.now(),
  });
  try {
    view.notice(greeting(events.view));
    const { placeNotes, replacements, isSimulated } = drive.chosen;
    for (const line of [
      ...(drive.aboutFile ?? []),
      ...placeNotes,
      ...replacements,
      ...keptResultNotes(handle.steps(), isSimulated, drive.sinceAt),
    ])
      view.notice(line);
    interrupts.attach(handle, (text) =>
      drive.io.stdout.isTty ? view.notice(text) : drive.io.stderr.line(text),
    );
    // A storage failure rejects both; the error of `ending` is the more precise one.
    const [ending, shown] = await Promise.allSettled([handle.ending, show(events, view)]);
    if (ending.status === "rejected") throw ending.reason;
    if (shown.status === "rejected") throw shown.reason;
    return { ending: ending.value, view: events.view };
  } finally {
    view.stop();
  }
}

async function show(events: AsyncIterable<RunEvent>, view: ProgressView): Promise<void> {
  for await (const event of events) view.event(event);
}
