import { isWaiting, parentOf } from "../../journal/child-steps.js";
import type { StoredRun } from "../../storage/StoragePort.js";
import type { EngineContext } from "../EngineContext.js";
import { hasEnded } from "./choose-child.js";
import { cancelChild } from "./end-child.js";

/**
 * Returns which of these runs are to be recovered. A child run continues with its parent: if the
 * parent is paused by a user, or has failed, the run stays as it is. Child runs whose parent has
 * ended otherwise are cancelled, and recovered if they have handlers to run.
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
    const isOurs = run.damage === undefined && run.backend === undefined;
    const parent = isOurs ? parentOf(storage, run) : undefined;
    if (parent === undefined || !hasEnded(parent)) continue;
    await cancelChild(engine, run);
    const left = storage.getRun(run.runId);
    if (left?.status === "running") recovered.push(left);
  }
  return recovered;
}
