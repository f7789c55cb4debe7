import { latestChildRuns } from "../../journal/child-steps.js";
import { findRun } from "../../journal/find-run.js";
import { executedByBackend } from "../../storage/backend-run.js";
import { isOwned } from "../../storage/owner-state.js";
import { isQuarantined } from "../../storage/quarantine.js";
import type { StoredRun } from "../../storage/StoragePort.js";
import { releaseRun } from "../claim-run.js";
import type { EngineContext } from "../EngineContext.js";
import { alreadyEnded } from "../ended-run.js";
import { reclaimOrphans, unstoppedAttempts } from "../orphans.js";
import { tellToContinue } from "../resume-run.js";
import { claimUnchanged, sendCommand } from "../send-command.js";

/**
 * Records that a paused, failed or quarantined run is to continue, and leaves it without an owner,
 * for a worker to claim. A run that is in the queue already, or in progress, stays as it is.
 */
export async function queueRun(engine: EngineContext, id: string): Promise<void> {
  engine.assertOpen();
  const { runId } = findRun(engine.storage, id);
  for (;;) {
    // Nothing is awaited between the last check of this loop and the claim below.
    while (engine.runs.isClaimed(runId)) await engine.runs.whenUnclaimed(runId);
    engine.assertOpen();
    const stored = findRun(engine.storage, runId);
    if (stored.status === "completed" || stored.status === "cancelled")
      throw alreadyEnded(stored, "resume");
    if (stored.backend !== undefined) throw executedByBackend(stored, "resume");
    if (stored.status === "running" && !isQuarantined(stored)) return;
    const isPausing = stored.status === "paused" && isOwned(stored, engine.ports.clock.now());
    if (isPausing || engine.runs.has(runId))
      return void (await sendCommand(engine, runId, { verb: "resume" }));
    if (engine.expired.mustWatch(stored)) {
      await engine.expired.watch(stored);
      continue;
    }
    await queueChildren(engine, runId);
    if (await engine.runs.exclusively(runId, () => record(engine, stored))) return;
  }
}

// A user who resumes a run resumes what its steps have started too.
async function queueChildren(engine: EngineContext, runId: string): Promise<void> {
  for (const child of latestChildRuns(engine.storage, runId))
    if (child.status === "paused" && child.pauseReason === undefined)
      await queueRun(engine, child.runId);
}

// False if the run has changed hands since it was read.
async function record(engine: EngineContext, stored: StoredRun): Promise<boolean> {
  const claimed = claimUnchanged(engine, stored);
  if (claimed === undefined) return false;
  const { previousOwner } = claimed;
  // The claim by a user has ended the quarantine: it is in the queue again.
  if (stored.status === "running") {
    engine.storage.releaseLease(stored.runId, claimed.leaseEpoch);
    return true;
  }
  const run = engine.activate({ ...claimed, leaves: true }, { onlyRecords: true });
  try {
    // The worker does not know the previous owner, which died before it could stop them.
    const unstopped = unstoppedAttempts(run, engine, previousOwner);
    await reclaimOrphans(run, unstopped, engine, previousOwner);
    if (!run.isReleased) tellToContinue(run);
    await run.durable();
    return true;
  } finally {
    if (!run.isDetached) await releaseRun(run, engine);
  }
}
