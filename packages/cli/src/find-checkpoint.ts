import type { CheckpointSummary, StoragePort } from "@automatosx/workflow/observe";
import { next } from "./next/actions.js";
import { UsageError } from "./UsageError.js";

/** How many of the newest runs are searched for a partial checkpoint id. */
const SEARCHED_RUN_LIMIT = 1000;

/**
 * Finds the checkpoint with this id, or the only one whose id contains this part. If several ids
 * contain the part, the one that ends with it is chosen. Returns undefined if there is none.
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
  const ids = [one, ...others].map(({ checkpointId }) => `\n  ${checkpointId}`).join("");
  throw new UsageError(`\`${part}\` is part of several checkpoint ids:${ids}`, {
    code: "run_ambiguous",
    remedy: "Type more of the id.",
    next: next("list_runs", "ambiguous_id", undefined),
  });
}
