import { headOf, isWaiting, parentOf } from "../../journal/child-steps.js";
import type { StoredRun } from "../../storage/StoragePort.js";
import { hasEnded } from "../child-runs/choose-child.js";
import { cancelChild } from "../child-runs/end-child.js";
import type { EngineContext } from "../EngineContext.js";

/**
 * Returns the run to claim so that this one continues; undefined if it must not. A child run
 * continues with its parent: it stays as it is while the parent is paused by a user or has failed,
 * and is cancelled when the parent has ended otherwise. If its parent waits for it, the parent is
 * claimed, whose step then joins it.
 */
export async function chooseTarget(
  engine: EngineContext,
  run: StoredRun,
): Promise<StoredRun | undefined> {
  const { storage } = engine;
  const parent = parentOf(storage, run);
  if (parent === undefined) return run;
  if (hasEnded(parent)) {
    await cancelChild(engine, run);
    const left = storage.getRun(run.runId);
    // Its handlers are left.
    return left?.status === "running" ? left : undefined;
  }
  return parent.status === "running" || isWaiting(parent) ? headOf(storage, run) : undefined;
}
