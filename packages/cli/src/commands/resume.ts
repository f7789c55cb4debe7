import type { WorkflowDefinition } from "@automatosx/schemas";
import {
  type BudgetLimits,
  type RunEnding,
  RunReader,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow";
import { headOf } from "@automatosx/workflow/observe";
import { completedText, type RunView, type TimeSpent } from "@automatosx/workflow/run-view";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { announceWait } from "../announce-wait.js";
import { awaitRest } from "../await-rest.js";
import { performedElsewhere } from "../backend/performed-elsewhere.js";
import { chooseAgents } from "../choose-agents.js";
import { axw } from "../command.js";
import { type PlacedRun, placedRun } from "../copied-project.js";
import { currentHash } from "../current-hash.js";
import {
  databasePath,
  openToRead,
  placeOfRuns,
  printedPath,
  printedPlace,
  shownPath,
} from "../database.js";
import { type DriveOptions, driveRun } from "../drive-run.js";
import { ExitCode } from "../exit-codes.js";
import { aboutFile, type FileState, RunFiles } from "../file-state.js";
import { findCheckpoint } from "../find-checkpoint.js";
import { findRun, refersByAge } from "../find-run.js";
import { type CliIo, messages } from "../io.js";
import { metricsAsJson } from "../json/run-json.js";
import { next } from "../next/actions.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { readBudget } from "../read-budget.js";
import { codeOf, renderNext, skippedCheckpoint } from "../render/error.js";
import { keptOutcomes } from "../render/kept-outcomes.js";
import { shortId } from "../render/short-id.js";
import { failsOnTolerated } from "../render/summary.js";
import { amendLine, runAgain } from "../run-again.js";
import { placeOfRun } from "../run-place.js";
import { stepsLeftIn } from "../steps-left-in.js";
import { UsageError } from "../UsageError.js";
import { storedChildren, withChildWorkflows } from "../with-child-workflows.js";
import { parseStored } from "../workflow-file.js";

export interface ResumeOptions extends DriveOptions {
  readonly agents?: string;
  /** Works in the current folder, with its agents file. */
  readonly here?: boolean;
  /** Limits to raise, each `NAME=VALUE`. */
  readonly budget?: readonly string[];
  readonly allowUnmetered?: boolean;
  /** Whether to continue the copy of a run of Restate in this process. */
  readonly adopt?: boolean;
}

/** Resumes a run, or restores one of its checkpoints and continues from there. */
export async function resume(io: CliIo, id: string, typed: ResumeOptions): Promise<ExitCode> {
  const budget = raisedBudget(typed);
  const options = typed.adopt === true ? await optionsToAdopt(io, id, typed) : typed;
  return resumeFound(io, options, await findTarget(io, id, options), budget);
}

/**
 * The flags with which the copy of a run of Restate is continued here. Restate first pauses the
 * run, if it answers.
 */
async function optionsToAdopt(
  io: CliIo,
  id: string,
  options: ResumeOptions,
): Promise<ResumeOptions> {
  const { releaseRun } = await import("../backend/release-run.js");
  await releaseRun(io, id, options);
  const { backend: _, ...others } = options;
  return { ...others, db: shownPath(io, databasePath(io, options)) };
}

async function resumeFound(
  io: CliIo,
  options: ResumeOptions,
  { run, checkpointId, definition, file, ending, typed }: Target,
  budget: BudgetLimits | undefined,
): Promise<ExitCode> {
  if (ending !== undefined) {
    if (checkpointId !== undefined) throw cannotRestore(run, checkpointId);
    return reportCompleted(io, run, ending, options);
  }
  const remote = performedElsewhere(io, options);
  if (remote !== undefined) {
    const { resumeRemotely } = await import("../backend/resume-remotely.js");
    return resumeRemotely(io, { remote, run, typed, checkpointId, definition, budget }, options);
  }
  const command = axw("resume", shortId(checkpointId ?? run.runId));
  const chosen = await chooseAgents(io, {
    flag: options.agents,
    place: placeOfRun(io, run, { here: options.here, command }),
    definition,
    command: options.here === true ? { ...command, args: [...command.args, "--here"] } : command,
    stepsLeft: () => stepsLeftIn(io, options, run.runId, checkpointId),
  });
  const again = runAgain(io, run, definition, file, presetArgs(options.agents));
  const amended = amendLine(io, run, file, presetArgs(options.agents));
  return driveRun({
    io,
    options,
    chosen,
    definition,
    createsDatabase: false,
    aboutFile: fileLines(io, run, aboutFile(io.stdout, file, again, options)),
    ...(amended !== undefined && { again: amended }),
    async begin(engine, interrupts) {
      interrupts.isWaiting = announceWait(messages(io, options), run, engine.storage);
      const changes = budget === undefined ? {} : { budget };
      // The budget is that of the run that was typed, not of the one that waits for it.
      if (typed !== undefined && budget !== undefined) await engine.raiseBudget(typed, budget);
      const own = typed === undefined ? changes : {};
      const handle =
        options.adopt === true
          ? await engine.adopt(run.runId)
          : await engine.resume(checkpointId ?? run.runId, own);
      for (const problem of handle.problems) io.stderr.line(skippedCheckpoint(problem));
      const seq = run.journalSeq;
      const from = (view: RunView): string =>
        checkpointId === undefined
          ? `event ${seq}: ${keptOutcomes(view)}`
          : `checkpoint ${shortId(checkpointId)}`;
      const what = `resuming run ${shortId(run.runId)} of ${cleanLine(run.workflowId)}`;
      const where = `${printedPlace(io, options)}${chosen.note}`;
      return {
        handle,
        afterSeq: seq,
        greeting: (view) => `${what} at ${from(view)}  ${where}`,
      };
    },
  });
}

/** The limits to raise; undefined if the budget stays as it is. */
function raisedBudget({ budget, allowUnmetered = false }: ResumeOptions): BudgetLimits | undefined {
  const limits = readBudget(budget);
  return allowUnmetered ? { ...limits, unmetered: "allow" } : limits;
}

function fileLines(
  io: CliIo,
  { startedFrom }: StoredRun,
  [first, ...others]: readonly string[],
): string[] {
  if (first === undefined) return [];
  const path = printedPath(io, startedFrom?.file ?? "");
  return [`file   ${path}: ${first}`, ...others.map((line) => `       ${line}`)];
}

// A preset is not kept with the run.
function presetArgs(flag: string | undefined): string[] {
  return flag === undefined ? [] : ["--agents", flag];
}

type Ending = Pick<RunEnding, "results" | "metrics"> & { readonly timeSpent: TimeSpent };

interface Target {
  readonly run: PlacedRun;
  readonly checkpointId?: string;
  readonly definition: WorkflowDefinition;
  readonly file: FileState;
  /** The id of the child run that was typed, if it continues with this run. */
  readonly typed?: string;
  /** Prints the results of a completed run. */
  readonly ending?: Ending;
}

async function findTarget(io: CliIo, id: string, options: ResumeOptions): Promise<Target> {
  using storage = await openToRead(io, options);
  const { run: named, ...target } = findRunOrCheckpoint(storage, id);
  // A child run continues with the run that waits for it.
  const found = target.checkpointId === undefined ? headOf(storage, named) : named;
  const typed = found === named ? {} : { typed: named.runId };
  const run = placedRun(io, options, await awaitRest(io, storage, found, options));
  const { runId, status } = run;
  const definition = parseStored(storage.getWorkflow(currentHash(run))?.definition, runId);
  const file = await new RunFiles(storage).stateOf(run);
  const whole = withChildWorkflows(definition, storedChildren(storage, definition));
  if (status !== "completed") return { ...target, ...typed, run, definition: whole, file };
  const { view } = RunReader.open(storage, runId).catchUp();
  const [results, metrics, timeSpent] = [view.results(), view.metrics(), view.timeSpent()];
  return { ...target, run, definition, file, ending: { results, metrics, timeSpent } };
}

function findRunOrCheckpoint(
  storage: StoragePort,
  id: string,
): { readonly run: StoredRun; readonly checkpointId?: string } {
  try {
    return { run: findRun(storage, id) };
  } catch (error) {
    if (codeOf(error) !== "run_not_found" || refersByAge(id)) throw error;
    const checkpoint = findCheckpoint(storage, id);
    if (checkpoint === undefined)
      throw new UsageError(`No run or checkpoint has the id \`${id}\`.`, {
        code: "run_not_found",
        remedy: "Any unique part of an id is accepted.",
      });
    return { run: findRun(storage, checkpoint.runId), checkpointId: checkpoint.checkpointId };
  }
}

function cannotRestore({ runId }: StoredRun, checkpointId: string): UsageError {
  return new UsageError(
    `Run ${shortId(runId)} is completed: ` +
      `its checkpoint ${shortId(checkpointId)} can no longer be restored.`,
    {
      code: "run_not_resumable",
      remedy:
        "A checkpoint can be restored while its run is paused, failed or orphaned. " +
        "To repeat the work, run the workflow again.",
      next: next("show_run", "completed", { run: shortId(runId) }),
    },
  );
}

function reportCompleted(
  io: CliIo,
  { runId }: StoredRun,
  { results, metrics, timeSpent }: Ending,
  options: ResumeOptions,
): ExitCode {
  if (options.json === true)
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      type: "run_ending",
      runId,
      status: "completed",
      results,
      metrics: metricsAsJson(metrics),
      ...timeSpent,
      database: placeOfRuns(io, options),
    });
  const out = options.json === true ? io.stderr : io.stdout;
  out.line(`Run ${shortId(runId)} is already ${completedText(metrics)}; nothing was started.`);
  const line = next("show_run", "completed", { run: shortId(runId) });
  renderNext(messages(io, options), line, options);
  return failsOnTolerated({ status: "completed", metrics }, options)
    ? ExitCode.failed
    : ExitCode.ok;
}
