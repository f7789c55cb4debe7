import { CheckpointManager, RunReader, stepsLeft } from "@automatosx/workflow";
import { type DbOptions, openToRead } from "./database.js";
import type { CliIo } from "./io.js";

/**
 * The steps that a stored run may still perform when it is resumed or goes back to a checkpoint.
 */
export async function stepsLeftIn(
  io: CliIo,
  options: DbOptions,
  runId: string,
  checkpointId?: string,
): Promise<ReadonlySet<string>> {
  using storage = await openToRead(io, options);
  const checkpoint =
    checkpointId === undefined
      ? undefined
      : new CheckpointManager(storage).loadCheckpoint(checkpointId);
  return stepsLeft(RunReader.open(storage, runId).catchUp().machine, checkpoint);
}
