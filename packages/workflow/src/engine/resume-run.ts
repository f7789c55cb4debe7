import { failedStateId } from "@automatosx/run-view";
import { type CheckpointData, RunQueries, State } from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { findRun } from "../journal/find-run.js";
import type { ActiveRun } from "./ActiveRun.js";
import { claimRun, releaseRun } from "./claim-run.js";
import type { EngineContext } from "./EngineContext.js";
import { dropOrphans, orphanedAttempts, reclaimOrphans } from "./orphans.js";
import { RunHandle } from "./RunHandle.js";

interface ResumeOptions {
  /** True if no person asked: see `ClaimOptions`. */
  readonly isRecovery?: boolean;
  /** True if a run that is active here already, and not paused, is what the caller wants. */
  readonly joins?: boolean;
}

/** Continues a run, given its id, a part of it, or the id of a checkpoint to go back to. */
export async function resumeRun(
  engine: EngineContext,
  id: string,
  { isRecovery = false, joins = false }: ResumeOptions = {},
): Promise<RunHandle> {
  engine.assertOpen();
  const checkpoint = engine.storage.getCheckpoint(id);
  const { runId } = findRun(engine.storage, checkpoint?.runId ?? id);
  return engine.runs.exclusively(runId, async () => {
    // No step begins again before the agents of its earlier attempts here have stopped.
    const active = engine.runs.get(runId);
    if (active?.isReleased === true) await active.ending.catch(() => undefined);
    await engine.runs.whenStopped(runId);
    engine.assertOpen();
    if (active?.isReleased !== false)
      return claimAndContinue(engine, runId, checkpoint?.checkpointId, isRecovery);
    const handle = handleOf(engine, active);
    if (joins && handle.state !== "paused") return handle;
    if (checkpoint !== undefined || handle.state !== "paused") throw stillActive(runId);
    await handle.resume();
    return handle;
  });
}

/** A handle of an active run. */
export function handleOf(engine: EngineContext, run: ActiveRun): RunHandle {
  return new RunHandle(run, (options) => engine.events(run.runId, options));
}

async function claimAndContinue(
  engine: EngineContext,
  runId: string,
  checkpointId: string | undefined,
  isRecovery: boolean,
): Promise<RunHandle> {
  const stored = findRun(engine.storage, runId);
  const checkpoint =
    checkpointId === undefined ? undefined : engine.checkpoints.loadCheckpoint(checkpointId);
  const check = engine.agents.check.bind(engine.agents);
  const run = engine.activate(claimRun(engine, stored, { isRecovery, check }));
  try {
    await continueRun(engine, run, checkpoint);
  } catch (error) {
    // Release it for another try, here or elsewhere.
    if (run.isDetached) engine.leases.release(runId, run.leaseEpoch);
    else await releaseRun(run, engine.storage);
    throw error;
  }
  return handleOf(engine, run);
}

// Orphans are ended before their steps are tried again.
async function continueRun(
  engine: EngineContext,
  run: ActiveRun,
  checkpoint: CheckpointData | undefined,
): Promise<void> {
  const before = RunQueries.state(run.machine);
  const orphans = orphanedAttempts(run);
  await reclaimOrphans(run, orphans, engine);
  // Meanwhile the run obeys commands, and may have ended or been paused.
  if (run.isReleased) return run.durable();
  dropOrphans(run, orphans, () => engine.ports.chance.next());
  wakeRetries(engine, run);
  const state = RunQueries.state(run.machine);
  if (checkpoint !== undefined) {
    if (State.canPause(state)) run.tell({ type: "pause_workflow" });
    run.tell({ type: "restore_checkpoint", checkpointData: checkpoint });
  } else if (state === "failed") {
    const checkpointData = RunQueries.checkpointData(run.machine, failedStateId(run.runId));
    run.tell({ type: "restore_checkpoint", checkpointData });
  } else if (state !== "paused") {
    run.wake();
  } else if (before === "paused") {
    run.tell({ type: "resume_workflow" });
  }
  await run.durable();
}

function wakeRetries(engine: EngineContext, run: ActiveRun): void {
  for (const { retryAt } of run.waiting()) {
    if (retryAt !== undefined) engine.effects.wakeAt(run, retryAt);
  }
}

function stillActive(runId: string): WorkflowError {
  return new WorkflowError("run_not_resumable", `Run ${runId} is active in this engine.`, {
    runId,
    remedy: "Pause it first, and wait for its ending.",
  });
}
