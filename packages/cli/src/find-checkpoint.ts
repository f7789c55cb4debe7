import type { CheckpointSummary, StoragePort } from "@automatosx/workflow/observe";
import { axw } from "./command.js";
import { UsageError } from "./UsageError.js";

/** The newest runs among which a part of a checkpoint id is looked for. */
const SEARCHED_RUN_LIMIT = 1000;

/**
 * Finds the checkpoint with this id, or with this unique part of one. Where several ids contain the
 * part, the one that ends with it is meant. Undefined when there is none.
 *
 * @throws UsageError `run_ambiguous`
 */
export function findCheckpoint(storage: StoragePort, part: string): CheckpointSummary | undefined {
  const exact = storage.getCheckpoint(part);
  if (exact !== undefined) return exact;
  const found = storage
    .listRuns({ limit: SEARCHED_RUN_LIMIT })
    .flatMap((run) =>
      storage.listCheckpoints(run.runId).filter(({ checkpointId }) => checkpointId.includes(part)),
    );
  const ending = found.filter(({ checkpointId }) => checkpointId.endsWith(part));
  const [one, ...others] = ending.length > 0 ? ending : found;
  if (one === undefined || others.length === 0) return one;
  const ids = [one, ...others].map(({ checkpointId }) => checkpointId).join(", ");
  throw new UsageError(`\`${part}\` is part of several checkpoint ids: ${ids}.`, {
    code: "run_ambiguous",
    remedy: "Specify more of the id.",
    next: axw("list"),
  });
}
