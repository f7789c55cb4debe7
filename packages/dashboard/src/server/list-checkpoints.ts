import { CheckpointManager, findRun } from "@automatosx/workflow/observe";
import { shortId } from "@automatosx/workflow/run-view";
import type { Checkpoints } from "../api/run.schema.js";
import type { Reading } from "./Reading.js";

/** Lists the checkpoints of a run, newest first, each checked against its hash. */
export function listCheckpoints({ storage, options }: Reading, part: string): Checkpoints {
  const { runId } = findRun(storage, part);
  return {
    checkpoints: new CheckpointManager(storage)
      .listCheckpoints(runId)
      .map(({ checkpointId, seq, kind, name, createdAt, completedCount, damage }) => ({
        ...{ checkpointId, seq, kind, createdAt, completedCount },
        ...(name !== undefined && { name }),
        ...(damage !== undefined && { damage }),
        restore: options.control.typed(["resume", checkpointId]),
        fork: options.control.typed(["fork", shortId(runId), "--at", checkpointId]),
      })),
  };
}
