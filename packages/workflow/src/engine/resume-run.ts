import { failedStateId } from "@automatosx/run-view";
import { type CheckpointData, RunQueries, State } from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { findRun } from "../journal/find-run.js";
import type { RunReader } from "../journal/RunReader.js";
import type { RunOwner, StoredRun } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";
import { checkSecrets } from "./check-secrets.js";
import { checkSessions } from "./check-sessions.js";
import { claimRun, releaseRun } from "./claim-run.js";
import type { EngineContext } from "./EngineContext.js";
import { joinableAttempts, revokedAttempts } from "./joined-attempts.js";
import { dropOrphans, orphanedAttempts, reclaimOrphans, unstoppedAttempts } from "./orphans.js";
import { RunHandle } from "./RunHandle.js";
import { changedLimits, type ResumeChanges } from "./resume-changes.js";
import { toldBudget } from "./run-answers.js";
import { stepsLeft } from "./steps-left.js";

interface ResumeOptions {
  /** True if no user requested it: see `ClaimOptions`. */
  readonly isRecovery?: boolean;
  /** True if a user requested it: child runs that a user has paused are then resumed too. */
  readonly isByUser?: boolean;
  /** True if the caller accepts a run that is already active here and not paused. */
  readonly joins?: boolean;
  /** True to take the run away from the backend that executes it. */
  readonly adopts?: boolean;
  /** What changes before the run continues. */
  readonly changes?: ResumeChanges;
}

/** Continues a run, given its id, a part of its id, or the id of a checkpoint to restore. */
export async function resumeRun(
  engine: EngineContext,
  id: string,
  { isRecovery = false, isByUser = false, joins = false, ...rest }: ResumeOptions = {},
): Promise<RunHandle> {
  const { adopts = false, changes = {} } = rest;
  engine.assertOpen();
  const checkpoint = engine.storage.getCheckpoint(id);
  const { runId } = findRun(engine.storage, checkpoint?.runId ?? id);
  return engine.runs.exclusively(runId, async () => {
    // No step starts again before the agents of its earlier attempts in this engine have stopped.
    if (engine.runs.isBeginning(runId)) await engine.runs.whenBegun(runId);
    const active = engine.runs.get(runId);
    const isLeaving = active !== undefined && isAboutToLeave(active, checkpoint?.checkpointId);
    if (isLeaving) await active.ending.catch(() => undefined);
    await engine.runs.whenStopped(runId);
    engine.assertOpen();
    if (active === undefined || isLeaving)
      return claimAndContinue(engine, runId, {
        checkpointId: checkpoint?.checkpointId,
        isRecovery,
        isByUser,
        adopts,
        changes,
      });
    if (isByUser) engine.childRuns.resumedByUser(active);
    const handle = handleOf(engine, active);
    if (joins && handle.state !== "paused") return handle;
    if (checkpoint !== undefined || handle.state !== "paused") throw stillActive(runId);
    changeLimits(active, changes);
    await handle.resume();
    return handle;
  });
}

// A run that is paused while agents are stopping can continue here without leaving.
function isAboutToLeave(run: ActiveRun, checkpointId: string | undefined): boolean {
  const hasFailed = RunQueries.state(run.machine) === "failed";
  return run.isReleased || (run.awaitsAgents && (hasFailed || checkpointId !== undefined));
}

/** Returns a handle of an active run. */
export function handleOf(engine: EngineContext, run: ActiveRun): RunHandle {
  return new RunHandle(run, (options) => engine.events(run.runId, options));
}

interface Continuation {
  readonly checkpointId: string | undefined;
  readonly isRecovery: boolean;
  readonly isByUser: boolean;
  readonly adopts: boolean;
  readonly changes: ResumeChanges;
}

async function claimAndContinue(
  engine: EngineContext,
  runId: string,
  { checkpointId, isRecovery, isByUser, adopts, changes }: Continuation,
): Promise<RunHandle> {
  const stored = await claimable(engine, runId);
  const checkpoint =
    checkpointId === undefined ? undefined : engine.checkpoints.loadCheckpoint(checkpointId);
  const check = (reader: RunReader): void => {
    // Only then is it known which definition the run has now.
    if (stored.currentDefinitionHash !== undefined) reader.catchUp();
    engine.agents.check(reader.definition, () => stepsLeft(reader.catchUp().machine, checkpoint));
    checkSecrets(reader.definition, engine.options.secrets, reader.storedDefinition.source);
    checkSessions(reader.definition, engine.agents, reader.storedDefinition.source);
  };
  const claimed = claimRun(engine, stored, { isRecovery, adopts, check });
  const run = engine.activate(claimed);
  if (isByUser) engine.childRuns.resumedByUser(run);
  try {
    await continueRun(engine, run, { checkpoint, changes, previousOwner: claimed.previousOwner });
  } catch (error) {
    // Releases the run, so that resuming it can be tried again here or elsewhere.
    if (run.isDetached) engine.leases.release(run);
    else await releaseRun(run, engine);
    throw error;
  }
  return handleOf(engine, run);
}

// Waits while the lease has expired and its owner may still renew it. Nothing is awaited between
// the last check of this loop and the claim.
async function claimable(engine: EngineContext, runId: string): Promise<StoredRun> {
  for (;;) {
    const stored = findRun(engine.storage, runId);
    if (!engine.expired.mustWatch(stored)) return stored;
    await engine.expired.watch(stored);
    engine.assertOpen();
  }
}

// Orphaned work is ended before its steps are tried again.
async function continueRun(
  engine: EngineContext,
  run: ActiveRun,
  {
    checkpoint,
    changes,
    previousOwner,
  }: {
    readonly checkpoint: CheckpointData | undefined;
    readonly changes: ResumeChanges;
    readonly previousOwner: RunOwner | undefined;
  },
): Promise<void> {
  const before = RunQueries.state(run.machine);
  const inFlight = orphanedAttempts(run);
  // A run that goes back starts its steps again, so no attempt continues.
  const continues = checkpoint === undefined && before !== "failed";
  const joinable = continues ? joinableAttempts(run, inFlight, engine) : [];
  const orphans = inFlight.filter((step) => !joinable.includes(step));
  const unstopped = unstoppedAttempts(run, engine, previousOwner);
  await reclaimOrphans(run, [...orphans, ...unstopped], engine, previousOwner);
  // The run accepted commands in the meantime, and may have ended or been paused.
  const revoked = revokedAttempts(run, joinable);
  if (revoked.length > 0) await reclaimOrphans(run, revoked, engine, previousOwner);
  if (run.isReleased) return run.durable();
  dropOrphans(run, orphans, () => engine.ports.chance.next());
  for (const step of joinable) engine.effects.join(run, step);
  changeLimits(run, changes);
  wakeRetries(engine, run);
  const state = RunQueries.state(run.machine);
  // What was overdue has ended the run: its user must decide whether it is tried again.
  if (checkpoint === undefined && state === "failed" && before !== "failed") return run.durable();
  if (checkpoint !== undefined) {
    if (State.canPause(state)) run.tell({ type: "pause_workflow" });
    run.tell({ type: "restore_checkpoint", checkpointData: checkpoint });
  } else if (state === "failed" || (state === "paused" && before === "paused")) {
    tellToContinue(run);
  } else if (state !== "paused") {
    run.wake();
  }
  await run.durable();
  engine.effects.ask(run);
}

/** Tells a run that is paused or has failed to continue. */
export function tellToContinue(run: ActiveRun): void {
  if (RunQueries.state(run.machine) === "paused") {
    run.tell({ type: "resume_workflow" });
    return;
  }
  const failedState = RunQueries.checkpointData(run.machine, failedStateId(run.runId));
  const checkpointData = { ...failedState, keepsOffers: true };
  run.tell({ type: "restore_checkpoint", checkpointData });
}

function changeLimits(run: ActiveRun, changes: ResumeChanges): void {
  const budget = changedLimits(changes);
  if (budget === undefined) return;
  const { event } = toldBudget(budget, changes.by);
  const refusal = run.tell(event);
  if (refusal === undefined) return;
  const { runId } = run;
  throw new WorkflowError("event_refused", `Run ${runId} cannot accept a new budget: ${refusal}.`, {
    runId,
  });
}

function wakeRetries(engine: EngineContext, run: ActiveRun): void {
  for (const { retryAt } of run.waiting()) {
    if (retryAt !== undefined) engine.effects.wakeAt(run, retryAt);
  }
  // An open step may have something to do before that, such as the next round of a loop.
  const next = RunQueries.nextDueAt(run.machine);
  if (next !== undefined) engine.effects.wakeAt(run, next);
}

function stillActive(runId: string): WorkflowError {
  return new WorkflowError("run_not_resumable", `Run ${runId} is active in this engine.`, {
    runId,
    remedy: "Pause it first, and wait for its ending.",
  });
}
