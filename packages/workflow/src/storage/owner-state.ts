import type { OwnerState } from "@automatosx/run-view";
import { systemPorts } from "../ports.js";
import { wasDropped } from "./local-engines.js";
import { isOwnerDead } from "./process-identity.js";
import type { RunOwner, StoredRun } from "./StoragePort.js";

export type { OwnerState } from "@automatosx/run-view";

/** How long a run stays with an engine that does not renew its lease, unless it says so, in ms. */
const LEASE_MS = 30_000;

/**
 * The shortest lease, in ms. A third of it must suffice to end programs that ignore TERM on a busy
 * machine.
 */
export const MIN_LEASE_MS = 2_000;

/** The instants within a lease, in ms. */
export interface LeaseTimes {
  /** How long a run stays with an engine that does not renew its lease. */
  readonly leaseMs: number;
  /** How often an engine renews its leases. */
  readonly renewalMs: number;
  /**
   * How long before the end of a lease that cannot be renewed an engine begins to stop the agents
   * of the run.
   */
  readonly stopMs: number;
  /** How long an expired lease must stay unchanged before another engine claims the run. */
  readonly graceMs: number;
}

/**
 * Returns the times of a lease of `leaseMs`. An owner that was suspended renews its leases within
 * one period after it continues, so the grace is two. A storage whose own clock decides when a
 * lease expires has another grace: see `StoragePort.leaseGraceMs`.
 */
export function leaseTimes(leaseMs: number = LEASE_MS, graceMs?: number): LeaseTimes {
  const renewalMs = leaseMs / 3;
  return { leaseMs, renewalMs, stopMs: renewalMs, graceMs: graceMs ?? 2 * renewalMs };
}

/**
 * How long an expired lease must stay unchanged before an engine with the default `leaseMs` claims
 * the run, in ms, unless the storage sets another limit (`StoragePort.leaseGraceMs`).
 */
export const LEASE_GRACE_MS: number = leaseTimes().graceMs;

/** The part of a run's row that says who works on it. */
export type OwnedRun = Pick<StoredRun, "runId" | "owner" | "leaseUntil"> &
  Partial<Pick<StoredRun, "status" | "backend">>;

/** Returns who works on a run. Every function that depends on it asks this one. */
export function ownerState(
  { runId, owner, leaseUntil = 0, status = "running", backend }: OwnedRun,
  now: number = systemPorts.clock.now(),
): OwnerState {
  if (backend !== undefined) return status === "running" ? "backend" : "none";
  if (owner === undefined) return "none";
  const isDead = isOwnerDead(owner);
  if (isDead === true || wasDropped(owner.ownerId, runId)) return "gone";
  if (leaseUntil < now) return "expired";
  return isDead === false ? "alive" : "elsewhere";
}

/** Returns whether an engine may be working on the run, or the backend that executes it. */
export function isOwned(run: OwnedRun, now?: number): boolean {
  const state = ownerState(run, now);
  return state === "alive" || state === "elsewhere" || state === "backend";
}

/**
 * Returns whether the run is unfinished and not paused, but no living engine owns it. Its stored
 * status stays `running`.
 */
export function isOrphaned(run: OwnedRun & Pick<StoredRun, "status">, now?: number): boolean {
  return run.status === "running" && !isOwned(run, now);
}

/** Returns whether the state of a run with this owner is `gone`: its lease is free at once. */
export function isGone(owner: RunOwner, runId: string): boolean {
  return isOwnerDead(owner) === true || wasDropped(owner.ownerId, runId);
}
