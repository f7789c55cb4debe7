import { isWaiting, parentOf } from "../../journal/child-steps.js";
import type { StoredRun } from "../../storage/StoragePort.js";
import type { EngineContext } from "../EngineContext.js";
import { cancelRun } from "./ChildRuns.js";
import { hasEnded } from "./choose-child.js";

/**
 * Returns which of these runs are to be recovered. A child run continues with its parent: if the
 * parent is paused by a user, or has failed, the run stays as it is. Child runs whose parent has
 * ended otherwise are cancelled.
 */
export async function withoutOrphans(
  engine: EngineContext,
  runs: readonly StoredRun[],
): Promise<readonly StoredRun[]> {
  const { storage } = engine;
  const recovered: StoredRun[] = [];
  for (const run of runs) {
    const parent = run.damage === undefined ? parentOf(storage, run) : undefined;
    const isHeld = parent !== undefined && parent.status !== "running" && !isWaiting(parent);
    if (!isHeld) recovered.push(run);
  }
  const unfinished = (["running", "paused"] as const).flatMap((status) =>
    storage.listRuns({ status, isChild: true }),
  );
  for (const run of unfinished) {
    const parent = run.damage === undefined ? parentOf(storage, run) : undefined;
    if (parent !== undefined && hasEnded(parent)) await cancelRun(engine, run.runId);
  }
  return recovered;
}
