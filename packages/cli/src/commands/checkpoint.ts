import { CheckpointManager, WorkflowEngine } from "@automatosx/workflow";
import { type DbOptions, findRun, mustExist, openToRead } from "../database.js";
import { dbFlag } from "../database-flag.js";
import { ExitCode } from "../exit-codes.js";
import { type CliIo, talkOf } from "../io.js";
import { SCHEMA_VERSION } from "../progress/JsonView.js";
import { renderNext } from "../render/error.js";
import { shortId } from "../render/words.js";
import { checkpointTable } from "./show.js";

interface CheckpointOptions extends DbOptions {
  readonly name?: string;
  readonly json?: boolean;
}

/** Has a checkpoint of a run written, by whichever process works on it, or here when none does. */
export async function createCheckpoint(
  io: CliIo,
  id: string,
  options: CheckpointOptions,
): Promise<ExitCode> {
  await using engine = await WorkflowEngine.open({ database: mustExist(io, options) });
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
  renderNext(talkOf(io), `axw checkpoint list ${shortId(runId)}${dbFlag(options)}`);
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
  const isOver = status === "completed" || status === "cancelled";
  const toGoOn =
    newest === undefined
      ? `checkpoint ${shortId(runId)}`
      : `resume ${shortId(newest.checkpointId)}`;
  renderNext(io.stderr, `axw ${isOver ? `show ${shortId(runId)}` : toGoOn}${dbFlag(options)}`);
  return ExitCode.ok;
}
