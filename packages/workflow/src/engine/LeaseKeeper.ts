import type { Clock } from "../ports.js";
import { LEASE_MS, RENEWAL_MS } from "../storage/owner-state.js";
import type { RunOwner, StoragePort } from "../storage/StoragePort.js";

/** The delay before a failed renewal is tried again, in ms. */
const RETRY_MS = 100;

/** Renews the leases of the active runs. */
export class LeaseKeeper {
  readonly #storage: StoragePort;
  readonly #clock: Clock;
  readonly #owner: RunOwner;
  readonly #activeRuns: () => Iterable<string>;
  /** Lease epochs of runs that could not be released yet, by run id. */
  readonly #pendingReleases = new Map<string, number>();
  #cancelTimer: (() => void) | undefined;

  constructor(
    storage: StoragePort,
    clock: Clock,
    owner: RunOwner,
    activeRuns: () => Iterable<string>,
  ) {
    this.#storage = storage;
    this.#clock = clock;
    this.#owner = owner;
    this.#activeRuns = activeRuns;
  }

  /** When a lease that is acquired or renewed now expires. */
  get leaseUntil(): number {
    return this.#clock.now() + LEASE_MS;
  }

  /** Starts renewing, when the first run becomes active. */
  start(): void {
    if (this.#cancelTimer === undefined) this.#arm(RENEWAL_MS);
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#releasePending();
  }

  /** Whether no run is still waiting for its release. */
  get hasReleasedAll(): boolean {
    return this.#pendingReleases.size === 0;
  }

  /**
   * Releases a run that a full disk has stopped: now, or at a later renewal once writes succeed.
   */
  release(runId: string, leaseEpoch: number): void {
    this.#pendingReleases.set(runId, leaseEpoch);
    this.#releasePending();
  }

  #releasePending(): void {
    try {
      for (const [runId, leaseEpoch] of this.#pendingReleases) {
        this.#storage.releaseLease(runId, leaseEpoch);
        this.#pendingReleases.delete(runId);
      }
    } catch {
      // The disk is still full. The run can also be claimed once its owner is dead or its lease has
      // expired.
    }
  }

  #arm(delayMs: number): void {
    this.#cancelTimer = this.#clock.setTimer(delayMs, () =>
      this.#arm(this.#renew() ? RENEWAL_MS : RETRY_MS),
    );
  }

  #renew(): boolean {
    try {
      // Runs that were dropped when their storage failed are not renewed: their leases must expire,
      // or no other engine could claim them.
      this.#storage.renewLeases(this.#owner.ownerId, [...this.#activeRuns()], this.leaseUntil);
      this.#releasePending();
      return true;
    } catch {
      // A busy database is tried again soon; a broken one fails the next commit, which reports the
      // error.
      return false;
    }
  }
}
