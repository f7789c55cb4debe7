import { WorkflowError } from "../errors.js";
import type { Clock } from "../ports.js";
import { ownerState } from "../storage/owner-state.js";
import type { ExpiredLease, StoragePort, StoredRun } from "../storage/StoragePort.js";

/** The interval at which a lease is read while a caller waits for it, in ms. */
const POLL_MS = 1000;

/**
 * Decides when a run can be claimed although its owner may be alive, for example in a suspended
 * process. A lease is confirmed as expired when it expired before a period of `graceMs` and is
 * still the same after it, because a renewal would have changed it. Periods are measured with
 * timers, which stop while the machine sleeps, so that the owner has had the same time to renew it.
 *
 * Without a grace, an expired lease is confirmed at once: its owner stops before the clock of the
 * database reaches its end.
 */
export class ExpiredLeases {
  readonly #storage: StoragePort;
  readonly #clock: Clock;
  readonly #graceMs: number;
  /** The periods that have not ended, by the instant at which they started. */
  readonly #periods = new Map<number, Promise<void>>();
  readonly #cancels = new Set<() => void>();
  /** The start of the newest period that has ended. */
  #confirmedBefore = Number.NEGATIVE_INFINITY;
  #isStopped = false;

  constructor(storage: StoragePort, clock: Clock, graceMs: number) {
    this.#storage = storage;
    this.#clock = clock;
    this.#graceMs = graceMs;
  }

  /** Returns whether the run's lease has expired and is not confirmed yet. */
  mustWatch(run: StoredRun): boolean {
    return ownerState(run, this.#clock.now()) === "expired" && this.confirmed(run) === undefined;
  }

  /** Returns the run's lease if it is confirmed as expired. */
  confirmed({ leaseEpoch, leaseUntil }: StoredRun): ExpiredLease | undefined {
    const before = this.#graceMs === 0 ? this.#clock.now() : this.#confirmedBefore;
    return leaseUntil !== undefined && leaseUntil < before ? { leaseEpoch, leaseUntil } : undefined;
  }

  /** Settles when the run's lease is confirmed, unless it changes. Rejects with `engine_closed`. */
  async whenConfirmed({ runId, leaseUntil = 0 }: StoredRun): Promise<void> {
    if (!this.#isStopped) {
      const [, ended] = [...this.#periods].find(([startedAt]) => leaseUntil < startedAt) ?? [];
      await (ended ?? this.#startPeriod());
    }
    if (this.#isStopped) throw closed(runId);
  }

  /**
   * Like `whenConfirmed`, but also settles when the owner renews the lease, releases it or dies.
   */
  async watch(run: StoredRun): Promise<void> {
    let hasSettled = false;
    const settle = (): void => void (hasSettled = true);
    const confirmed = this.whenConfirmed(run).finally(settle);
    while (!hasSettled && !this.#hasChanged(run)) {
      const poll = this.#timer(POLL_MS);
      await Promise.race([confirmed, poll.fired]).finally(poll.cancel);
    }
    if (hasSettled) return confirmed;
    // A caller that has stopped waiting must not leave an unhandled rejection.
    confirmed.catch(() => undefined);
  }

  /** Ends every wait. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels) cancel();
  }

  #startPeriod(): Promise<void> {
    const startedAt = this.#clock.now();
    const ended = this.#endPeriod(startedAt);
    this.#periods.set(startedAt, ended);
    return ended;
  }

  async #endPeriod(startedAt: number): Promise<void> {
    await this.#timer(this.#graceMs).fired;
    this.#periods.delete(startedAt);
    if (!this.#isStopped) this.#confirmedBefore = Math.max(this.#confirmedBefore, startedAt);
  }

  #hasChanged({ runId, leaseEpoch, leaseUntil }: StoredRun): boolean {
    try {
      const run = this.#storage.getRun(runId);
      return (
        run === undefined ||
        run.leaseEpoch !== leaseEpoch ||
        run.leaseUntil !== leaseUntil ||
        ownerState(run, this.#clock.now()) !== "expired"
      );
    } catch {
      // The next reading of the run reports the error.
      return true;
    }
  }

  /** A timer that fires after the delay, or when it is cancelled. */
  #timer(delayMs: number): { readonly fired: Promise<void>; readonly cancel: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = (): void => {
      cancelTimer();
      this.#cancels.delete(cancel);
      resolve();
    };
    const cancelTimer = this.#clock.setTimer(delayMs, cancel);
    this.#cancels.add(cancel);
    return { fired: promise, cancel };
  }
}

function closed(runId: string): WorkflowError {
  const message = `The engine was closed before it could claim run ${runId}.`;
  return new WorkflowError("engine_closed", message, {
    runId,
    remedy: "Open another engine with `WorkflowEngine.open`.",
  });
}
