import {
  Context,
  Machine,
  RunReader,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow";
import { chooseAgents } from "../choose-agents.js";
import { databasePath, findRun, openToRead, shownPath } from "../database.js";
import { dbFlag } from "../database-flag.js";
import { type DriveOptions, driveRun } from "../drive-run.js";
import { ExitCode } from "../exit-codes.js";
import { findCheckpoint } from "../find-checkpoint.js";
import { type CliIo, talkOf } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { cleanLine } from "../render/clean-text.js";
import { passedOver, renderNext } from "../render/error.js";
import { count, shortId } from "../render/words.js";
import { UsageError } from "../UsageError.js";
import { parseStored } from "../workflow-file.js";

export interface ResumeOptions extends DriveOptions {
  readonly agents?: string;
}

/** Goes on with a run, or back to one of its checkpoints and on from there. */
export async function resume(io: CliIo, id: string, options: ResumeOptions): Promise<ExitCode> {
  const target = await findTarget(io, id, options);
  const { run, checkpointId, definition, seq, completed } = target;
  if (run.status === "completed") {
    if (checkpointId !== undefined) throw cannotGoBack(run, checkpointId);
    return alreadyCompleted(io, target, options);
  }
  const chosen = await chooseAgents(io, {
    flag: options.agents,
    folder: io.cwd,
    definition,
    command: `axw resume ${shortId(checkpointId ?? run.runId)}`,
  });
  return driveRun({
    io,
    options,
    chosen,
    definition,
    async begin(engine) {
      const handle = await engine.resume(checkpointId ?? run.runId);
      for (const problem of handle.problems) io.stderr.line(passedOver(problem));
      const from =
        checkpointId === undefined
          ? `event ${seq}: ${count(completed, "result")} kept`
          : `checkpoint ${shortId(checkpointId)}`;
      const greeting = `resuming run ${shortId(run.runId)} of ${cleanLine(run.workflowId)} at ${from}  ${shownPath(io, databasePath(io, options))}${chosen.note}`;
      return { handle, afterSeq: seq, greeting };
    },
  });
}

type Target = Awaited<ReturnType<typeof findTarget>>;

async function findTarget(io: CliIo, id: string, options: ResumeOptions) {
  using storage = await openToRead(io, options);
  const { run, checkpointId } = findRunOrCheckpoint(storage, id);
  const definition = parseStored(storage.getWorkflow(run.definitionHash)?.definition, run.runId);
  const reader = RunReader.open(storage, run.runId).catchUp();
  const context = Machine.context(reader.machine);
  return {
    run,
    checkpointId,
    definition,
    seq: reader.seq,
    completed: Context.metrics(context).completedSteps,
    results: Context.results(context),
    metrics: Context.metrics(context),
  };
}

function findRunOrCheckpoint(
  storage: StoragePort,
  id: string,
): { readonly run: StoredRun; readonly checkpointId?: string } {
  try {
    return { run: findRun(storage, id) };
  } catch (error) {
    if (!(error instanceof UsageError) || error.code !== "run_not_found") throw error;
    const checkpoint = findCheckpoint(storage, id);
    if (checkpoint === undefined)
      throw new UsageError(`There is no run and no checkpoint \`${id}\`.`, {
        code: "run_not_found",
        remedy: "Any unique part of an id will do.",
        next: "axw list",
      });
    return { run: findRun(storage, checkpoint.runId), checkpointId: checkpoint.checkpointId };
  }
}

function cannotGoBack({ runId }: StoredRun, checkpointId: string): UsageError {
  return new UsageError(
    `Run ${shortId(runId)} is completed, so there is no going back to its checkpoint ${shortId(checkpointId)}.`,
    {
      code: "run_not_resumable",
      remedy:
        "Only a run that is paused or failed, or was left behind, can go back; to do it all again, run the workflow anew.",
      next: `axw show ${shortId(runId)}`,
    },
  );
}

function alreadyCompleted(
  io: CliIo,
  { run, results, metrics }: Target,
  options: ResumeOptions,
): ExitCode {
  const { runId } = run;
  if (options.json === true)
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      type: "run_ending",
      runId,
      status: "completed",
      results,
      metrics,
      database: databasePath(io, options),
    });
  const out = options.json === true ? io.stderr : io.stdout;
  out.line(`Run ${shortId(runId)} is already completed; nothing was started.`);
  renderNext(
    options.json === true ? io.stderr : talkOf(io),
    `axw show ${shortId(runId)}${dbFlag(options)}`,
  );
  return ExitCode.ok;
}
