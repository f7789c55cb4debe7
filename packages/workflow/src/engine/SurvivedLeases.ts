import type { Clock } from "../ports.js";
import type { StoragePort } from "../storage/StoragePort.js";

/** A lease that this engine has lost. */
interface SurvivedLease {
  readonly runId: string;
  readonly lease: { readonly epoch: number; readonly until: number };
}

/** What `SurvivedLeases` needs of its engine. */
interface SurvivorHost {
  readonly storage: Pick<StoragePort, "releaseLease" | "withdrawFailedRecovery">;
  readonly clock: Clock;
  /** How long to wait before the next report to a database that did not answer, in ms. */
  readonly retryMs: number;
}

/**
 * Reports to the database that this engine lives, although it has lost the leases of runs: an
 * outage, or a time without this process, must not count as a run that kills its engine.
 */
export class SurvivedLeases {
  readonly #host: SurvivorHost;
  readonly #leases = new Map<string, SurvivedLease["lease"]>();
  #cancel: (() => void) | undefined;
  #isClosed = false;

  constructor(host: SurvivorHost) {
    this.#host = host;
  }

  /** This engine has lost the lease of a run, and its agents end until the lease does. */
  add({ runId, lease }: SurvivedLease): void {
    const { epoch, until } = lease;
    this.#leases.set(runId, { epoch, until });
    this.#lookIn(Math.max(0, until - this.#host.clock.now()));
  }

  /** The database answers. */
  tell(): void {
    const { storage, clock, retryMs } = this.#host;
    const now = clock.now();
    try {
      for (const [runId, { epoch, until }] of this.#leases) {
        // Until then, the agents may still be stopping.
        if (until > now) continue;
        // If no engine has claimed the run yet, the next one finds a run that was released. This
        // engine may have claimed it again, which does not count either.
        storage.releaseLease(runId, epoch);
        storage.withdrawFailedRecovery(runId, epoch);
        this.#leases.delete(runId);
      }
    } catch {
      return this.#lookIn(retryMs);
    }
    if (this.#leases.size === 0) return;
    const next = Math.min(...[...this.#leases.values()].map(({ until }) => until));
    this.#lookIn(next - now);
  }

  /** Reports nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  #lookIn(delayMs: number): void {
    this.#cancel?.();
    if (this.#isClosed) return;
    this.#cancel = this.#host.clock.setTimer(delayMs, () => this.tell());
  }
}
