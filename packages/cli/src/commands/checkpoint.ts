import { CheckpointManager, type StoredRun } from "@automatosx/workflow";
import { announceWait } from "../announce-wait.js";
import { announceFoundDatabase, type DbOptions, openToRead, readRun } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { findRun } from "../find-run.js";
import { type CliIo, messages } from "../io.js";
import { checkpointAsJson } from "../json/run-json.js";
import { type NextLine, next } from "../next/actions.js";
import { lineToContinue } from "../next/line-to-continue.js";
import { conditionOf } from "../next/run-condition.js";
import { openControl } from "../open-control.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { checkpointTable } from "../render/checkpoint-table.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";

interface CheckpointOptions extends DbOptions {
  readonly name?: string;
  readonly json?: boolean;
}

/**
 * Writes a checkpoint of a run. The process that owns the run writes it, or this process if there
 * is no owner.
 */
export async function createCheckpoint(
  io: CliIo,
  id: string,
  options: CheckpointOptions,
): Promise<ExitCode> {
  const run = await readRun(io, id, options);
  const { runId } = run;
  await using opened = await openControl(io, options);
  const { control } = opened;
  announceWait(messages(io, options), run, control.storage);
  const checkpointId = await control.checkpoint(runId, options.name);
  if (options.json === true) {
    io.stdout.json({
      schemaVersion: SCHEMA_VERSION,
      runId,
      checkpointId,
      ...(options.name !== undefined && { name: options.name }),
    });
    return ExitCode.ok;
  }
  io.stdout.line(`Checkpoint ${shortId(checkpointId)} of run ${shortId(runId)} is written.`);
  renderNext(messages(io), lineAfterCheckpoint(run), options);
  return ExitCode.ok;
}

/** Lists the checkpoints of a run, newest first. */
export async function listCheckpoints(
  io: CliIo,
  id: string,
  options: CheckpointOptions,
): Promise<ExitCode> {
  announceFoundDatabase(io, options);
  using storage = await openToRead(io, options);
  const run = findRun(storage, id);
  const { runId } = run;
  const checkpoints = new CheckpointManager(storage).listCheckpoints(runId);
  if (options.json === true) {
    for (const checkpoint of checkpoints)
      io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...checkpointAsJson(checkpoint) });
    return ExitCode.ok;
  }
  const [newest] = checkpoints;
  if (newest === undefined) io.stderr.line(`Run ${shortId(runId)} has no checkpoints yet.`);
  else for (const line of checkpointTable(io.stdout, checkpoints)) io.stdout.line(line);
  renderNext(io.stderr, await lineToContinue(io, storage, run, options), options);
  return ExitCode.ok;
}

function lineAfterCheckpoint(run: StoredRun): NextLine {
  const condition = conditionOf(run);
  const subject = { run: shortId(run.runId) };
  // No checkpoint of a run that has ended can be written.
  return condition === "completed" || condition === "failed" || condition === "cancelled"
    ? next("show_run", condition, subject)
    : next("list_checkpoints", condition, subject);
}
