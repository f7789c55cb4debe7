import {
  type CheckedCheckpoint,
  CheckpointManager,
  findRun,
  WorkflowEngine,
} from "@automatosx/workflow";
import { axw, type Command } from "../command.js";
import { type DbOptions, existingDatabase, openToRead } from "../database.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, messages } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { checkpointTable } from "../render/checkpoint-table.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/short-id.js";

interface CheckpointOptions extends DbOptions {
  readonly name?: string;
  readonly json?: boolean;
}

/**
 * Writes a checkpoint of a run: the process that owns the run writes it, or this one if none does.
 */
export async function createCheckpoint(
  io: CliIo,
  id: string,
  options: CheckpointOptions,
): Promise<ExitCode> {
  await using engine = await WorkflowEngine.open({ database: existingDatabase(io, options) });
  const { runId } = findRun(engine.storage, id);
  const checkpointId = await engine.checkpoint(runId, options.name);
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
  renderNext(messages(io), axw("checkpoint", "list", shortId(runId)), options);
  return ExitCode.ok;
}

/** Lists the checkpoints of a run, newest first. */
export async function listCheckpoints(
  io: CliIo,
  id: string,
  options: CheckpointOptions,
): Promise<ExitCode> {
  using storage = await openToRead(io, options);
  const { runId, status } = findRun(storage, id);
  const checkpoints = new CheckpointManager(storage).listCheckpoints(runId);
  if (options.json === true) {
    for (const checkpoint of checkpoints)
      io.stdout.json({ schemaVersion: SCHEMA_VERSION, ...checkpoint });
    return ExitCode.ok;
  }
  const [newest] = checkpoints;
  if (newest === undefined) io.stderr.line(`Run ${shortId(runId)} has no checkpoints yet.`);
  else for (const line of checkpointTable(io.stdout, checkpoints)) io.stdout.line(line);
  const hasEnded = status === "completed" || status === "cancelled";
  renderNext(
    io.stderr,
    hasEnded ? axw("show", shortId(runId)) : continuation(runId, newest),
    options,
  );
  return ExitCode.ok;
}

function continuation(runId: string, newest: CheckedCheckpoint | undefined): Command {
  return newest === undefined
    ? axw("checkpoint", shortId(runId))
    : axw("resume", shortId(newest.checkpointId));
}
