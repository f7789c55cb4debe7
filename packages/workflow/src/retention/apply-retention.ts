import { checkOptions, type OptionChecks } from "../checks/check-options.js";
import {
  callable,
  flag,
  members,
  signal as signalCheck,
  withMethods,
} from "../checks/option-checks.js";
import { type Clock, systemPorts } from "../ports.js";
import { isOwned } from "../storage/owner-state.js";
import type { EndedRun, StoragePort } from "../storage/StoragePort.js";
import { storagePort } from "../storage/storage-check.js";
import { checkRetention, type RetentionPolicy, type RetentionReport } from "./RetentionPolicy.js";
import { POLICY_CHECKS } from "./retention-checks.js";
import { sweep } from "./sweep.js";

/**
 * The pause for other writers between two transactions, in ms: several times the duration of a
 * transaction, because a writer that finds the database busy polls it at growing intervals.
 */
const PAUSE_MS = 10;

/** How to apply a policy. */
export interface ApplyRetentionOptions {
  /** Only report which runs a sweep would remove. Checkpoints are not examined. */
  readonly isDryRun?: boolean;
  /** Called for each run once it is removed or, in a dry run, would be removed. */
  readonly onRemoved?: (run: EndedRun) => void;
  /** Aborts after the current transaction: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Default: the system clock. */
  readonly clock?: Clock;
}

/** The checks of `applyRetention`. */
const APPLY_CHECKS: OptionChecks<ApplyRetentionOptions> = {
  isDryRun: flag,
  onRemoved: callable,
  signal: signalCheck,
  clock: withMethods("a clock", "now", "setTimer"),
};

/**
 * Applies a policy to a database once: removes the ended runs beyond its limits, with everything
 * that belongs to them. It works in small transactions, so engines on the same database keep
 * running. If it is killed at any point, each run is intact, removed, or marked as being removed.
 * Throws `invalid_argument` or `database_*`.
 *
 * @example
 * const storage = openSqliteStorage({ path: ".ax/workflow.db" });
 * const { removedRuns, freedBytes } = await applyRetention(storage, { maxRunCount: 1000 });
 */
export async function applyRetention(
  storage: StoragePort,
  policy: RetentionPolicy,
  options: ApplyRetentionOptions = {},
): Promise<RetentionReport> {
  storagePort(storage, "The storage");
  members(POLICY_CHECKS)(policy, "retention");
  checkOptions<ApplyRetentionOptions>("applyRetention", options, APPLY_CHECKS);
  checkRetention(policy);
  const { isDryRun = false, onRemoved, signal, clock = systemPorts.clock } = options;
  const now = clock.now();
  const steps = sweep(storage, policy, {
    now,
    isDryRun,
    isHeld: (run) => isOwned(run, clock.now()),
  });
  for (;;) {
    const { value, done } = steps.next();
    if (done === true) return value;
    for (const run of value) onRemoved?.(run);
    signal?.throwIfAborted();
    await new Promise<void>((resolve) => void clock.setTimer(PAUSE_MS, resolve));
  }
}
