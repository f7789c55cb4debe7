import type { CheckpointSummary, StoragePort } from "@automatosx/workflow";
import { UsageError } from "./UsageError.js";

/** Runs that are searched for a checkpoint of which only a part of the id is known. */
const MOST_RUNS = 1000;

/** The checkpoint with this id, or with this unique part of one; undefined when there is none. `run_ambiguous`. */
export function findCheckpoint(storage: StoragePort, part: string): CheckpointSummary | undefined {
  const exact = storage.getCheckpoint(part);
  if (exact !== undefined) return exact;
  const found = storage
    .listRuns({ limit: MOST_RUNS })
    .flatMap((run) =>
      storage.listCheckpoints(run.runId).filter(({ checkpointId }) => checkpointId.includes(part)),
    );
  const ending = found.filter(({ checkpointId }) => checkpointId.endsWith(part));
  const [one, ...others] = ending.length > 0 ? ending : found;
  if (one === undefined || others.length === 0) return one;
  const ids = [one, ...others].map(({ checkpointId }) => checkpointId).join(", ");
  throw new UsageError(`\`${part}\` is part of several checkpoint ids: ${ids}.`, {
    code: "run_ambiguous",
    remedy: "Give more of the id.",
    next: "axw list",
  });
}
