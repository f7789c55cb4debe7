import type { OwnerState } from "@automatosx/run-view";
import { systemPorts } from "../ports.js";
import { wasDropped } from "./local-engines.js";
import { isOwnerDead } from "./process-identity.js";
import type { RunOwner, StoredRun } from "./StoragePort.js";

export type { OwnerState } from "@automatosx/run-view";

/** How long a run stays with an engine that does not renew its lease, in ms. */
export const LEASE_MS = 30_000;

/** How often an engine renews its leases, in ms. */
export const RENEWAL_MS = LEASE_MS / 3;

/**
 * How long an expired lease must stay unchanged before another engine claims the run, in ms. An
 * owner that was suspended renews its leases within one period after it continues.
 */
export const LEASE_GRACE_MS = 2 * RENEWAL_MS;

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
