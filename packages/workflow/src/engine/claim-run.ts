import { RunQueries } from "../core/workflow-state-machine.js";
import { startPlace } from "../drive/start-place.js";
import { WorkflowError } from "../errors.js";
import { RunReader } from "../journal/RunReader.js";
import type { Clock } from "../ports.js";
import { executedByBackend } from "../storage/backend-run.js";
import { isGone } from "../storage/owner-state.js";
import type { RunOwner, StoragePort, StoredRun } from "../storage/StoragePort.js";
import type { ActiveRun } from "./ActiveRun.js";
import type { EngineContext } from "./EngineContext.js";
import { alreadyEnded } from "./ended-run.js";
import type { RunOrigin } from "./RunOrigin.js";

interface ClaimOptions {
  /** Refuses a run that this engine cannot continue, before the lease is taken. */
  readonly check?: (reader: RunReader) => void;
  /**
   * True if no user requested the claim: it then counts as a failed recovery until an outcome is
   * recorded.
   */
  readonly isRecovery?: boolean;
  /** Takes the run away from the backend that executes it. */
  readonly adopts?: boolean;
}

/** A run that was claimed, to make it active. */
export interface ClaimedRun extends RunOrigin {
  /** The owner until the claim; absent if no engine owned the run. */
  readonly previousOwner?: RunOwner;
}

/**
 * Acquires the lease of a stored run and reads the run, so that this engine can make it active. An
 * expired lease must be confirmed: see `ExpiredLeases`. Throws `run_not_resumable`,
 * `run_owned_elsewhere` or `journal_damaged`; then the run is unchanged.
 */
export function claimRun(
  { storage, owner, ports, leases, expired }: EngineContext,
  stored: StoredRun,
  { check, isRecovery = false, adopts = false }: ClaimOptions = {},
): ClaimedRun {
  if (stored.state === "cancelled" || stored.state === "completed")
    throw alreadyEnded(stored, "resume");
  if (stored.backend !== undefined && !adopts) throw executedByBackend(stored, "resume");
  const { runId, createdAt } = stored;
  const reader = RunReader.open(storage, runId);
  check?.(reader);
  const confirmed = expired.confirmed(stored);
  const { leaseUntil } = leases;
  const lease = storage.acquireLease({
    runId,
    owner,
    now: ports.clock.now(),
    leaseUntil,
    isDead: (other) => isGone(other, runId),
    ...(confirmed !== undefined && { expired: confirmed }),
    isRecovery,
    adopts,
  });
  if (!lease.held) throw ownedElsewhere(stored, lease.owner);
  try {
    assertUnchanged(storage, stored);
    reader.catchUp();
  } catch (error) {
    // A run that has ended, or that this engine cannot read, is released for other engines.
    leases.release({ runId, lease: { epoch: lease.leaseEpoch, until: leaseUntil, isLost: true } });
    throw error;
  }
  const { machine, seq, at, wasRestored, checkpoint, definition, problems } = reader;
  const { source, format } = reader.storedDefinition;
  // A change of the definition may have come with other inputs.
  const { inputs = stored.inputs, context = stored.context } = RunQueries.workflow(machine) ?? {};
  return {
    // The run's policy is part of its machine.
    start: {
      ...{ runId, createdAt, definition, source, format, inputs, context, policy: {} },
      ...startPlace(stored.startedFrom),
    },
    position: { machine, seq, at, wasRestored, ...(checkpoint !== undefined && { checkpoint }) },
    leaseEpoch: lease.leaseEpoch,
    leaseUntil,
    problems,
    isRecovery,
    ...(lease.previousOwner !== undefined && { previousOwner: lease.previousOwner }),
  };
}

/**
 * Stops and awaits the agents of a run and releases its lease, without changing its journal. A
 * lease that cannot be released now is released later, or expires.
 */
export async function releaseRun(
  run: ActiveRun,
  { leases }: Pick<EngineContext, "leases">,
): Promise<void> {
  // A turn that is being written may end the run.
  const written = run.written();
  if (written !== undefined) await written;
  const isSilent = written !== undefined && run.isReleased && run.isLeased;
  if ((run.isReleased && !isSilent) || run.awaitsAgents) {
    // It has ended, or is being stopped already.
    await run.ending;
    return;
  }
  const stopped = [...run.attempts.values()].map((attempt) => attempt.settled);
  leases.keepWhileStopping(run);
  run.abandon(
    new WorkflowError(
      "engine_closed",
      `Run ${run.runId} was released when its engine closed; it can be resumed.`,
      { runId: run.runId },
    ),
    { isKept: true },
  );
  await Promise.all(stopped);
  leases.release(run);
}

/**
 * Returns whether this engine is the owner in the run's row. If the row cannot be read, the lease
 * decides, which no other engine claims before it ends.
 */
export function isHeld(
  { storage, clock }: { readonly storage: StoragePort; readonly clock: Clock },
  { runId, lease }: ActiveRun,
): boolean {
  try {
    const stored = storage.getRun(runId);
    return stored?.leaseEpoch === lease.epoch && stored.owner !== undefined;
  } catch {
    return clock.now() < lease.until;
  }
}

// Another engine may have ended or paused the run between the read and the lease.
function assertUnchanged(storage: StoragePort, seen: StoredRun): void {
  const { runId, state, status } = storage.getRun(seen.runId) ?? seen;
  if (state === seen.state || status === "running") return;
  throw new WorkflowError(
    "run_not_resumable",
    `Another engine has just set run ${runId} to \`${status}\`.`,
    { runId, remedy: "Read the run's state, and resume the run if it should continue." },
  );
}

function ownedElsewhere(
  { runId, status }: StoredRun,
  { pid, host }: { readonly pid: number; readonly host: string },
): WorkflowError {
  const owner = `process ${pid} on ${host}`;
  if (status === "paused")
    return new WorkflowError(
      "run_owned_elsewhere",
      `Run ${runId} is pausing: ${owner} finishes its running steps.`,
      { runId, remedy: "Resume the run once they have finished." },
    );
  if (status === "failed")
    return new WorkflowError(
      "run_owned_elsewhere",
      `Run ${runId} has failed: ${owner} stops its agents.`,
      { runId, remedy: "Resume the run once they have stopped." },
    );
  return new WorkflowError("run_owned_elsewhere", `Run ${runId} is owned by ${owner}.`, {
    runId,
    remedy:
      "Watch the run, or pause it first. If that process dies, the run can be resumed " +
      "immediately on the same machine, and elsewhere when its lease has expired.",
  });
}
