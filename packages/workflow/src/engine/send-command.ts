import type { CommandOutcome, RunCommand } from "../backend/run-command.js";
import { RunQueries, State } from "../core/workflow-state-machine.js";
import { WorkflowError } from "../errors.js";
import { findRun } from "../journal/find-run.js";
import type { Ids } from "../ports.js";
import { executedByBackend } from "../storage/backend-run.js";
import { isOwned } from "../storage/owner-state.js";
import type { StoredRun } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";
import { askOwner } from "./ask-owner.js";
import type { ReceivedCommand } from "./CommandInbox.js";
import { type ClaimedRun, claimRun, releaseRun } from "./claim-run.js";
import { acceptedOrThrow } from "./command-outcome.js";
import type { EngineContext } from "./EngineContext.js";
import { alreadyEnded } from "./ended-run.js";
import { exactCommand, goesBack } from "./exact-command.js";
import { orphanedAttempts, reclaimOrphans } from "./orphans.js";
import { performCommand, prepareCommand } from "./perform-command.js";
import { isRecorded } from "./recorded-command.js";

/**
 * Performs a command on a run, wherever the run is: active here, owned by another process (sent
 * through the inbox), or owned by no process (claimed for the duration of the command). Settles
 * when the effect is durable, with the checkpoint's id if the command requested one. Throws
 * `run_not_found`, `run_not_resumable`, `event_refused`, `invalid_argument` or
 * `run_owned_elsewhere`.
 */
export async function sendCommand(
  engine: EngineContext,
  id: string,
  given: RunCommand,
): Promise<string | undefined> {
  engine.assertOpen();
  const { runId } = findRun(engine.storage, id);
  let command = exactCommand(given);
  let sentAfter: number | undefined;
  for (;;) {
    // Nothing is awaited between the last check of this loop and the claim below.
    if (engine.runs.isBeginning(runId)) await engine.runs.whenBegun(runId);
    while (engine.runs.isClaimed(runId)) await engine.runs.whenUnclaimed(runId);
    engine.assertOpen();
    const stored = findRun(engine.storage, runId);
    const active = engine.runs.get(runId);
    if (active !== undefined && !isLeaving(active, command)) {
      const preparing = prepareCommand(active, command, engine);
      if (preparing === undefined) return performCommand(active, { command });
      const prepared = await preparing;
      // The run may have paused in the meantime.
      if (engine.runs.get(runId) !== active || isLeaving(active, command)) continue;
      return performCommand(active, prepared);
    }
    if (active !== undefined) {
      await active.ending.catch(() => undefined);
      continue;
    }
    // An owner may have performed the command, and ended before it replied.
    if (sentAfter !== undefined && isRecorded(engine.storage, runId, command, sentAfter))
      return undefined;
    if (!mayAccept(stored.state, command)) throw alreadyEnded(stored, command.verb);
    if (stored.backend !== undefined) throw executedByBackend(stored, command.verb);
    if (isOwned(stored, engine.ports.clock.now())) {
      command = withSignalId(command, engine.ports.ids);
      sentAfter ??= stored.journalSeq;
      const answer = await askOwner(engine, stored, command);
      if (answer !== undefined) return acceptedOrThrow(runId, answer);
      continue;
    }
    if (engine.expired.mustWatch(stored)) {
      await engine.expired.watch(stored);
      continue;
    }
    const performed = await engine.runs.exclusively(runId, () =>
      commandOrphan(engine, stored, command),
    );
    if (performed !== undefined) return performed.checkpointId;
  }
}

// Identifies a signal that may have to be sent twice.
function withSignalId(command: RunCommand, ids: Ids): RunCommand {
  if (command.verb !== "signal" || command.signalId !== undefined) return command;
  return { ...command, signalId: ids.next() };
}

// A run that has paused, or failed and may go back, takes no more commands here once it is about to
// leave this engine.
function isLeaving(run: ActiveRun, command: RunCommand): boolean {
  if (!run.isReleased) return false;
  const state = RunQueries.state(run.machine);
  return state === "paused" || (state === "failed" && goesBack(command));
}

/** Whether a run in this state may accept the command. */
export function mayAccept(state: StoredRun["state"], command: RunCommand): boolean {
  return !State.isTerminal(state) || (state === "failed" && goesBack(command));
}

/**
 * Performs a command sent by another process; returns undefined if its sender has withdrawn it, or
 * if this engine no longer owns the run.
 */
export async function performReceived(
  engine: Pick<EngineContext, "runs" | "storage" | "files">,
  { commandId, runId, command }: ReceivedCommand,
): Promise<CommandOutcome | undefined> {
  const { runs, storage } = engine;
  await runs.whenUnclaimed(runId);
  const run = runs.get(runId);
  if (run === undefined) return undefined;
  const preparing = prepareCommand(run, command, engine);
  const prepared = preparing === undefined ? { command } : await preparing;
  if (runs.get(runId) !== run || isLeaving(run, command)) return undefined;
  if (storage.commandAnswer(commandId) !== undefined) return undefined;
  return accepted(await performCommand(run, prepared));
}

/** The outcome of a command that was carried out. */
export function accepted(checkpointId?: string): CommandOutcome {
  return checkpointId === undefined ? { ok: true } : { ok: true, checkpointId };
}

interface Performed {
  readonly checkpointId: string | undefined;
}

// Undefined if the run has changed hands since it was read.
async function commandOrphan(
  engine: EngineContext,
  stored: StoredRun,
  command: RunCommand,
): Promise<Performed | undefined> {
  // Attempts that the command allows to start, such as a due retry, start when the run is resumed.
  const claimed = claimUnchanged(engine, stored);
  if (claimed === undefined) return undefined;
  const run = engine.activate(claimed, { onlyRecords: true });
  const orphans = orphanedAttempts(run);
  // An attempt that the command stops has no other trace here, and its agent may still be working.
  const reclaiming = Promise.withResolvers<void>();
  if (orphans.length > 0)
    run.attempts.set(ORPHANS, { abort: () => undefined, settled: reclaiming.promise });
  try {
    // Orphaned attempts are left alone: dropping them would retry them in this engine, which may
    // lack their agents.
    const prepared = (await prepareCommand(run, command, engine)) ?? { command };
    if (run.isReleased) return undefined;
    const checkpointId = await performCommand(run, prepared);
    // No other engine would end the processes of an attempt that the command has stopped.
    const ended = orphans.filter(
      ({ id }) => RunQueries.step(run.machine, id)?.status !== "running",
    );
    await reclaimOrphans(run, ended, engine, claimed.previousOwner);
    if (run.attempts.delete(ORPHANS)) {
      run.detachIfAtRest();
      await run.durable();
    }
    // A cancelled run may have handlers left to run, but needs its child runs no longer.
    if (command.verb === "cancel" || hasEnded(run))
      await engine.childRuns.ended(run, { onlyRecords: true });
    return { checkpointId };
  } finally {
    reclaiming.resolve();
    if (run.attempts.delete(ORPHANS)) run.detachIfAtRest();
    if (!run.isDetached) await releaseRun(run, engine);
  }
}

/** Stands among the attempts of a run for those of an engine that has died. */
const ORPHANS = ":orphans";

// A failed run keeps what its steps have started: it may be resumed.
function hasEnded(run: ActiveRun): boolean {
  const state = RunQueries.state(run.machine);
  return state === "completed" || state === "cancelled";
}

/** Claims a run; returns undefined if it has changed hands since it was read. */
export function claimUnchanged(engine: EngineContext, stored: StoredRun): ClaimedRun | undefined {
  try {
    return claimRun(engine, stored);
  } catch (error) {
    // Each claim raises the epoch, so a run that is refused for another reason is not read again.
    if (isTakenByAnother(error) && epochOf(engine, stored) !== stored.leaseEpoch) return undefined;
    throw error;
  }
}

function isTakenByAnother(error: unknown): boolean {
  return (
    error instanceof WorkflowError &&
    (error.code === "run_owned_elsewhere" || error.code === "run_not_resumable")
  );
}

function epochOf({ storage }: EngineContext, { runId }: StoredRun): number | undefined {
  return storage.getRun(runId)?.leaseEpoch;
}
