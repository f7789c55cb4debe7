import { WorkflowError } from "../errors.js";
import type { Clock } from "../ports.js";
import { ownerState, SECOND_LOOK_MS } from "../storage/owner-state.js";
import type { ExpiredLease, StoragePort, StoredRun } from "../storage/StoragePort.js";

/** The interval at which a watched lease is read, in ms. */
const POLL_MS = 1000;

/** A lease that is being watched, or that was watched long enough. */
interface Watch extends ExpiredLease {
  readonly settled: Promise<void>;
  isConfirmed: boolean;
}

/**
 * Watches expired leases whose owners may be alive, for example in a suspended process. A lease
 * that does not change for `SECOND_LOOK_MS` is confirmed, and its run can be claimed. The time is
 * measured with timers, which stop while the machine sleeps, so that its owner has had the same
 * time to renew it.
 */
export class ExpiredLeases {
  readonly #storage: StoragePort;
  readonly #clock: Clock;
  readonly #watches = new Map<string, Watch>();
  readonly #cancels = new Set<() => void>();
  #isStopped = false;

  constructor(storage: StoragePort, clock: Clock) {
    this.#storage = storage;
    this.#clock = clock;
  }

  /** Returns whether the run's lease must be watched before the run can be claimed. */
  mustWatch(run: StoredRun): boolean {
    return ownerState(run, this.#clock.now()) === "expired" && this.confirmed(run) === undefined;
  }

  /** Returns the run's lease if it is confirmed. */
  confirmed({ runId, leaseEpoch, leaseUntil }: StoredRun): ExpiredLease | undefined {
    const watch = this.#watches.get(runId);
    if (watch === undefined || !watch.isConfirmed) return undefined;
    return watch.leaseEpoch === leaseEpoch && watch.leaseUntil === leaseUntil ? watch : undefined;
  }

  /**
   * Settles when the run's lease is confirmed, has changed, or its owner is known to be dead. Every
   * caller that waits for the same lease shares one watch. Rejects with `engine_closed`.
   */
  watch(run: StoredRun): Promise<void> {
    const { runId, leaseEpoch, leaseUntil = 0 } = run;
    const known = this.#watches.get(runId);
    if (known?.leaseEpoch === leaseEpoch && known.leaseUntil === leaseUntil) return known.settled;
    const watch: Watch = {
      leaseEpoch,
      leaseUntil,
      isConfirmed: false,
      settled: this.#poll(runId, () => watch),
    };
    this.#watches.set(runId, watch);
    // A caller that has stopped waiting must not leave an unhandled rejection.
    watch.settled.catch(() => undefined);
    return watch.settled;
  }

  /** Forgets the lease of a run that was claimed. */
  forget(runId: string): void {
    this.#watches.delete(runId);
  }

  /** Ends every watch. */
  stop(): void {
    this.#isStopped = true;
    for (const cancel of this.#cancels) cancel();
  }

  async #poll(runId: string, self: () => Watch): Promise<void> {
    for (let waitedMs = 0; waitedMs < SECOND_LOOK_MS; waitedMs += POLL_MS) {
      await this.#wait();
      if (this.#isStopped) throw closed(runId);
      if (this.#hasChanged(runId, self())) {
        if (this.#watches.get(runId) === self()) this.#watches.delete(runId);
        return;
      }
    }
    self().isConfirmed = true;
  }

  #hasChanged(runId: string, watch: Watch): boolean {
    try {
      const run = this.#storage.getRun(runId);
      return (
        run === undefined ||
        run.leaseEpoch !== watch.leaseEpoch ||
        run.leaseUntil !== watch.leaseUntil ||
        ownerState(run, this.#clock.now()) !== "expired"
      );
    } catch {
      // The next reading of the run reports the error.
      return true;
    }
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const cancelTimer = this.#clock.setTimer(POLL_MS, () => done());
      const done = (): void => {
        cancelTimer();
        this.#cancels.delete(done);
        resolve();
      };
      this.#cancels.add(done);
    });
  }
}

function closed(runId: string): WorkflowError {
  const message = `The engine was closed before it could claim run ${runId}.`;
  return new WorkflowError("engine_closed", message, {
    runId,
    remedy: "Open another engine with `WorkflowEngine.open`.",
  });
}
