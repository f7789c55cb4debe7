import type { RunStatus } from "@automatosx/schemas";
import {
  countEndedSteps,
  type EndedSteps,
  isOrphaned,
  isQuarantined,
  type ListFilter,
  listRuns,
  type OpenQuestion,
  ownerState,
  type StoragePort,
  type StoredRun,
  WorkflowError,
} from "@automatosx/workflow/observe";
import {
  cleanLine,
  pauseText,
  type RunView,
  runWord,
  sayingOfRow,
  sayingText,
  toleratedNote,
} from "@automatosx/workflow/run-view";
import { chosenBackend } from "../backend/chosen-backend.js";
import { isQueued } from "../backend/is-queued.js";
import { commandText } from "../command.js";
import { placedRun } from "../copied-project.js";
import {
  announcePlace,
  type DbOptions,
  databasePath,
  exists,
  openToRead,
  printedPlace,
} from "../database.js";
import { ExitCode } from "../exit-codes.js";
import {
  describeFileState,
  type FileState,
  fileStateAsJson,
  isResumable,
  RunFiles,
  shortFileState,
} from "../file-state.js";
import type { CliIo } from "../io.js";
import { runAsJson } from "../json/run-json.js";
import { type NextLine, next } from "../next/actions.js";
import { conditionOf } from "../next/run-condition.js";
import { continueLine, storedView } from "../next/run-lines.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { cutToWidth, displayWidth } from "../render/display-width.js";
import { renderNext } from "../render/error.js";
import { fitReason } from "../render/reason.js";
import { factsOf, shownStatus } from "../render/run-status.js";
import { shortId } from "../render/short-id.js";
import { type Cell, tableWithNotes } from "../render/table.js";
import { count, duration, instant } from "../render/words.js";
import { wrap } from "../render/wrap.js";
import { pauseOf } from "../waiting/pause-of.js";

const HEADER = ["RUN", "STATUS", "WORKFLOW", "STEPS", "STARTED", "TIME", "NOTE"];
const FITTING = { whole: ["RUN", "STARTED"], dropped: ["STARTED", "TIME", "STEPS", "WORKFLOW"] };

export interface ListOptions extends DbOptions {
  readonly status?: RunStatus | "orphaned";
  readonly limit: number;
  /** Whether runs that steps of other runs started are listed too. */
  readonly children?: boolean;
  readonly json?: boolean;
}

/** How many changes of files, and how many runs of each, are listed below the table. */
const MAX_CHANGES = 4;

/** Lists runs, newest first. If the default database does not exist yet, there are none. */
export async function list(io: CliIo, options: ListOptions): Promise<ExitCode> {
  const { status, limit } = options;
  if (chosenBackend(io, options) === undefined && !exists(io, databasePath(io, options))) {
    io.stderr.line(
      `The database ${printedPlace(io, options)} does not exist yet: no run was started here.`,
    );
    renderNext(io.stderr, next("start_run", "no_database", { file: "FILE" }));
    return ExitCode.ok;
  }
  using storage = await openToRead(io, options);
  announcePlace(io, options);
  const children = options.children === true ? {} : { isChild: false };
  const runs = listRuns(storage, { limit, ...children, ...filterFor(status) });
  const files = new RunFiles(storage);
  if (options.json === true) {
    for (const run of runs) {
      if (io.stdout.isGone) break;
      const { run: listed, ended } = withSteps(storage, run);
      io.stdout.json({
        schemaVersion: SCHEMA_VERSION,
        ...runAsJson(listed),
        isOrphaned: isOrphaned(listed) && !isQueued(io, options, listed),
        ownerState: ownerState(listed),
        ...ended,
        workflowFile: fileStateAsJson(await files.stateOf(placedRun(io, options, run))),
      });
      await io.stdout.drained();
    }
    return ExitCode.ok;
  }
  const [newest] = runs;
  if (newest === undefined) {
    io.stderr.line(status === undefined ? "There are no runs yet." : `No run is ${status}.`);
    const line =
      status === undefined
        ? next("start_run", "no_runs", { file: "FILE" })
        : next("list_runs", "other_statuses", undefined);
    renderNext(io.stderr, line, options);
    return ExitCode.ok;
  }
  const rows: Cell[][] = [];
  const changes = new Map<string, ChangedFile>();
  for (const run of runs) {
    const listed = withSteps(storage, run);
    const file = await stateOfFile(files, placedRun(io, options, run));
    const change = describeFileState(file);
    if (change !== undefined)
      changes.set(change, { file, ids: [...(changes.get(change)?.ids ?? []), shortId(run.runId)] });
    const about = shortFileState(file) ?? "";
    const why = whyNote(io, storage, listed.run, options);
    const isWaiting = isQueued(io, options, listed.run);
    rows.push(row(listed, isWaiting, (width) => noteOf(about, stepsNote(listed), why, width)));
  }
  for (const line of tableWithNotes(io.stdout, HEADER, rows, FITTING)) io.stdout.line(line);
  for (const line of changeLines(io, changes)) io.stdout.line(line);
  if (io.stdout.isTty) {
    const run = shortId(newest.runId);
    renderNext(io.stderr, next("show_run", conditionOf(newest), { run }), options);
  }
  return ExitCode.ok;
}

// A change matters only while the run can be resumed, which uses the old definition.
async function stateOfFile(files: RunFiles, run: StoredRun): Promise<FileState> {
  if (run.damage !== undefined || !isResumable(run)) return { state: "unknown" };
  return files.stateOf(run);
}

/** A difference of a file, and the runs that keep the old definition. */
interface ChangedFile {
  readonly file: FileState;
  readonly ids: readonly string[];
}

function changeLines(io: CliIo, changes: ReadonlyMap<string, ChangedFile>): string[] {
  const lines = [...changes.values()].slice(0, MAX_CHANGES).flatMap(({ file, ids }) => {
    const more = ids.length - MAX_CHANGES;
    const runs = [...ids.slice(0, MAX_CHANGES), ...(more > 0 ? [`${more} more`] : [])].join(", ");
    return wrap(io.stdout, `${runs}: ${describeFileState(file, ids.length) ?? ""}`, "  ");
  });
  const more = changes.size - MAX_CHANGES;
  return more > 0 ? [...lines, `${count(more, "more change")} of files`] : lines;
}

// A run is running only while a process works on it.
function filterFor(status: ListOptions["status"]): ListFilter {
  if (status === undefined) return {};
  if (status === "orphaned") return { isOrphaned: true };
  return status === "running" ? { status, isOrphaned: false } : { status };
}

interface ListedRun {
  readonly run: StoredRun;
  /** Absent if the run's journal is damaged, or is being removed. */
  readonly ended?: EndedSteps;
}

/** Counts the steps of a run. If its journal is damaged, the run is listed as damaged. */
function withSteps(storage: StoragePort, run: StoredRun): ListedRun {
  if (run.damage !== undefined || run.errorCode === "run_removed") return { run };
  try {
    return { run, ended: countEndedSteps(storage, run.runId) };
  } catch (error) {
    if (!(error instanceof WorkflowError)) throw error;
    const { message, code } = error;
    return { run: { ...run, error: message, errorCode: code, damage: message } };
  }
}

function row({ run, ended }: ListedRun, isWaiting: boolean, note: Cell): Cell[] {
  const status = isWaiting ? "queued" : shownStatus(run);
  const isRunning = status === "running" || isWaiting;
  const end = run.finishedAt ?? (isRunning ? Date.now() : run.updatedAt);
  const isTolerated = run.status === "completed" && (ended?.failedSteps ?? 0) > 0;
  return [
    shortId(run.runId),
    { status, ...(isTolerated && { look: "warning" }) },
    run.workflowVersion === "" ? run.workflowId : `${run.workflowId} ${run.workflowVersion}`,
    `${ended?.completedSteps ?? "?"}/${ended?.totalSteps ?? run.stepCount}`,
    instant(run.createdAt),
    duration(Math.max(0, end - run.createdAt)),
    note,
  ];
}

// Where not everything fits, the numbers of steps are left out first: the table has one of them,
// and `show` has all. The file stays, because a resume uses its old version.
function noteOf(file: string, steps: string, why: string, width: number): string {
  const whole = joined([file, steps, why]);
  if (displayWidth(whole) <= width) return whole;
  if (why === "") return cutToWidth(whole, width);
  const front = file === "" ? "" : `${file}; `;
  return front + fitReason(why, width - displayWidth(front));
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("; ");
}

function stepsNote({ run, ended }: ListedRun): string {
  if (ended === undefined) return "";
  const { failedSteps, skippedSteps } = ended;
  if (run.status === "completed") return toleratedNote(ended);
  return [
    ...(failedSteps > 0 ? [`${failedSteps} failed`] : []),
    ...(skippedSteps > 0 ? [`${skippedSteps} skipped`] : []),
  ].join(", ");
}

/** What a run says of its failure or its pause. The status stands in a column of its own. */
function saidNote(run: StoredRun, view?: RunView, questions?: readonly OpenQuestion[]): string {
  const facts = factsOf(run);
  const saying = sayingOfRow(facts, view, questions);
  if (saying === undefined) return "";
  return saying.head === runWord(facts) ? saying.text : sayingText(saying);
}

function pauseNote(storage: StoragePort, run: StoredRun): string {
  const view = storedView(storage, run.runId);
  if (view === undefined) return "";
  const pause = pauseOf(view, storage);
  // What holds a child run is not a saying of its parent.
  return pause?.heldRun === undefined ? saidNote(run, view, pause?.questions) : pauseText(pause);
}

function whyNote(io: CliIo, storage: StoragePort, run: StoredRun, options: DbOptions): string {
  if (run.error !== undefined) return saidNote(run);
  if (run.status === "paused") return pauseNote(storage, run);
  if (run.status !== "running") return "";
  const typed = (line: NextLine): string => commandText(line, io.stdout.typedAxw, options);
  if (isQueued(io, options, run)) return "it waits for a worker";
  if (isQuarantined(run)) {
    const show = typed(next("show_run", "quarantined", { run: shortId(run.runId) }));
    return `quarantined after ${run.failedRecoveries} failed recoveries: ${show}`;
  }
  if (isOrphaned(run)) return `no process works on it: ${typed(continueLine(storage, run))}`;
  if (run.backend !== undefined) return `on ${cleanLine(run.backend)}`;
  const host = ownerState(run) === "elsewhere" ? ` on ${run.owner?.host ?? "?"}` : "";
  return `process ${run.owner?.pid ?? "?"}${host}`;
}
