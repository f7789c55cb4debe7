import { type Clock, systemPorts } from "../ports.js";
import { isOrphanedLease } from "../storage/process-identity.js";
import type { EndedRun, StoragePort } from "../storage/StoragePort.js";
import { checkRetention, type RetentionPolicy, type RetentionReport } from "./RetentionPolicy.js";
import { sweep } from "./sweep.js";

/** Between two transactions others get this long, in ms, a few times what a transaction takes: who waits asks again seldom. */
const PAUSE_MS = 10;

export interface ApplyRetentionOptions {
  /** Only says what would go; checkpoints are not looked at. */
  readonly isDryRun?: boolean;
  /** Told of the runs that were removed, or would be, as they are. */
  readonly onRemoved?: (run: EndedRun) => void;
  /** Ends it after the transaction in hand. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Holds the runs of a database to a policy, once: those that have ended and are beyond a limit are removed with all that belongs
 * to them. It works in small transactions, so that engines on the same database go on meanwhile; killed at any point
 * it leaves each run whole, gone, or marked as being removed. `invalid_argument`, `database_*`.
 */
export async function applyRetention(
  storage: StoragePort,
  policy: RetentionPolicy,
  options: ApplyRetentionOptions = {},
): Promise<RetentionReport> {
  checkRetention(policy);
  const { isDryRun = false, onRemoved, signal, clock = systemPorts.clock } = options;
  const now = clock.now();
  const steps = sweep(storage, policy, {
    now,
    isDryRun,
    isHeld: (owner, leaseUntil) => !isOrphanedLease(owner, leaseUntil, clock.now()),
  });
  for (;;) {
    const { value, done } = steps.next();
    if (done === true) return value;
    for (const run of value) onRemoved?.(run);
    signal?.throwIfAborted();
    await new Promise<void>((resolve) => void clock.setTimer(PAUSE_MS, resolve));
  }
}
