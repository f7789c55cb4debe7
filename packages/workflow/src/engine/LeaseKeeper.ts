import { asWorkflowError, WorkflowError } from "../errors.js";
import type { Clock } from "../ports.js";
import type { LeaseTimes } from "../storage/owner-state.js";
import type { RunOwner, StoragePort } from "../storage/StoragePort.js";
import { leaseLost } from "./lease-lost.js";
import { SurvivedLeases } from "./SurvivedLeases.js";

/** The delay before a failed renewal is tried again, in ms. */
const RETRY_MS = 100;

/** The share of a lease after which a renewal without an answer is sent again. */
const ANSWER_SHARE = 1 / 9;

/** The lease of an active run. */
export interface Lease {
  readonly epoch: number;
  /**
   * Until when the lease certainly lasts, on the clock of this engine: reckoned from an instant
   * before the claim or the renewal was sent.
   */
  until: number;
  /** True once the engine no longer renews it. The agents of the run must have ended at `until`. */
  isLost: boolean;
}

/** A run, as its lease sees it. */
export interface LeasedRun {
  readonly runId: string;
  readonly lease: Lease;
  /** False until the first turn of a new run is durable: it has no row before that. */
  readonly isStored: boolean;
  /** True once a turn that releases the lease has been taken, perhaps not written yet. */
  readonly isReleased: boolean;
  /** True until the commit that releases the lease is durable. */
  readonly isLeased: boolean;
  /** True once the run is no longer active in this engine. */
  readonly isDetached: boolean;
  /** Stops the agents and writes nothing more. */
  abandon(error: WorkflowError): void;
  /** Like `abandon`, but a full disk pauses the run instead. */
  failed(error: WorkflowError): void;
}

/** What a `LeaseKeeper` needs of its engine. */
export interface LeaseHost {
  readonly storage: StoragePort;
  readonly clock: Clock;
  readonly owner: RunOwner;
  readonly times: LeaseTimes;
  /** The active runs. */
  readonly runs: () => Iterable<LeasedRun>;
  /** Called after leases were renewed. */
  readonly renewed?: () => void;
}

/**
 * Renews the leases of the active runs, and fences this engine: a run whose lease it no longer
 * owns, or cannot renew in time, is abandoned. Its agents are stopped so early that they have ended
 * when the lease ends, because another engine may then start their steps again.
 *
 * All instants are those of this engine's clock, which never goes back, and are taken before a
 * renewal is sent. So the lease in the database never ends earlier than this engine believes.
 */
export class LeaseKeeper {
  readonly #host: LeaseHost;
  /** Runs that were given up, and are released once their agents have stopped. */
  readonly #stopping = new Set<LeasedRun>();
  /** Lease epochs of runs that could not be released yet, by run id. */
  readonly #pendingReleases = new Map<string, number>();
  readonly #survived: SurvivedLeases;
  /** No lease of an active run ends before this instant. */
  #noneEndsBefore = Number.POSITIVE_INFINITY;
  /** Renewals that were sent and not answered. */
  #unanswered = 0;
  #cancelRenewal: (() => void) | undefined;
  #cancelFence: (() => void) | undefined;
  #fenceDueAt = Number.POSITIVE_INFINITY;
  /** Why the last renewal failed. */
  #problem: WorkflowError | undefined;

  constructor(host: LeaseHost) {
    this.#host = host;
    const { storage, clock, times } = host;
    this.#survived = new SurvivedLeases({ storage, clock, retryMs: times.leaseMs });
  }

  /** When a lease that is acquired or renewed now expires. Read it before the request is sent. */
  get leaseUntil(): number {
    return this.#host.clock.now() + this.#host.times.leaseMs;
  }

  /** Keeps the lease of a run that becomes active. */
  keep({ lease }: LeasedRun): void {
    const { clock, times } = this.#host;
    this.#noneEndsBefore = Math.min(this.#noneEndsBefore, lease.until);
    // A claim that took long, because it read a long journal, leaves little of the lease.
    if (lease.until - clock.now() <= times.leaseMs - times.renewalMs) this.#renewIn(0);
    else if (this.#cancelRenewal === undefined) this.#renewIn(times.renewalMs);
    const fenceAt = lease.until - times.stopMs;
    if (this.#cancelFence === undefined || fenceAt < this.#fenceDueAt) this.#fenceAt(fenceAt);
  }

  /**
   * Keeps the lease of a run that is no longer active while its agents are stopping. Followed by
   * `release`.
   */
  keepWhileStopping(run: LeasedRun): void {
    this.#stopping.add(run);
    this.keep(run);
  }

  /** Stops renewing, once no run is left whose agents are stopping. */
  stop(): void {
    if (this.#stopping.size > 0) return;
    this.#cancelRenewal?.();
    this.#cancelRenewal = undefined;
    this.#cancelFence?.();
    this.#cancelFence = undefined;
    this.#noneEndsBefore = Number.POSITIVE_INFINITY;
    this.#releasePending();
  }

  /** Ends all timers, once no run is left. */
  close(): void {
    this.stop();
    this.#survived.close();
  }

  // --- releases

  /** Whether no run is still waiting for its release. */
  get hasReleasedAll(): boolean {
    return this.#pendingReleases.size === 0;
  }

  /**
   * Releases a run: now, or at a later renewal once writes succeed. A full disk or a database that
   * does not answer delays it.
   */
  release(run: Pick<LeasedRun, "runId" | "lease">): void {
    for (const stopping of this.#stopping) if (stopping === run) this.#stopping.delete(stopping);
    this.#pendingReleases.set(run.runId, run.lease.epoch);
    this.#releasePending();
    if ([...this.#host.runs()].length === 0) this.stop();
  }

  #releasePending(): void {
    try {
      for (const [runId, leaseEpoch] of this.#pendingReleases) {
        this.#host.storage.releaseLease(runId, leaseEpoch);
        this.#pendingReleases.delete(runId);
      }
    } catch {
      // The run can also be claimed once its owner is dead or its lease has expired.
    }
  }

  // --- renewals

  #renewIn(delayMs: number): void {
    this.#cancelRenewal?.();
    this.#cancelRenewal = this.#host.clock.setTimer(delayMs, () => this.#renew());
  }

  #renew(): void {
    const { storage, times } = this.#host;
    if (storage.asynchronous !== undefined) {
      this.#renewIn(times.leaseMs * ANSWER_SHARE);
      void this.#renewRemotely();
      return;
    }
    this.#renewIn(this.#renewNow() ? times.renewalMs : RETRY_MS);
  }

  /** Returns whether the renewal succeeded. */
  #renewNow(): boolean {
    const { storage, owner } = this.#host;
    const asked = this.#owned();
    if (asked.length === 0) return true;
    const until = this.leaseUntil;
    try {
      // Runs that were dropped when their storage failed are not renewed: their leases must expire,
      // or no other engine could claim them.
      const held = storage.renewLeases(owner.ownerId, idsOf(asked), until);
      this.#renewed(asked, held, until);
      return true;
    } catch (error) {
      // A busy database is tried again soon; a broken one fails the next commit, which reports the
      // error.
      this.#problem = asWorkflowError(error);
      return false;
    }
  }

  // A renewal that is not answered in time is sent again, perhaps on another connection. The first
  // one counts too if it is answered after all.
  async #renewRemotely(): Promise<void> {
    const { storage, owner, times } = this.#host;
    if (this.#unanswered >= 3) return;
    this.#unanswered += 1;
    const asked = this.#owned();
    const sentAt = this.#host.clock.now();
    const until = sentAt + times.leaseMs;
    try {
      const held = await storage.asynchronous?.renewLeases(owner.ownerId, idsOf(asked), until);
      if (held !== undefined) this.#renewed(asked, held, until);
      if (this.#cancelRenewal !== undefined)
        this.#renewIn(Math.max(0, sentAt + times.renewalMs - this.#host.clock.now()));
    } catch (error) {
      this.#problem = asWorkflowError(error);
      if (this.#cancelRenewal !== undefined) this.#renewIn(RETRY_MS);
    } finally {
      this.#unanswered -= 1;
    }
  }

  /** The runs whose rows name this engine as the owner. */
  #owned(): LeasedRun[] {
    const active = [...this.#host.runs()].filter((run) => run.isStored && !run.isReleased);
    return [...active, ...this.#stopping];
  }

  #renewed(asked: readonly LeasedRun[], held: readonly string[], until: number): void {
    const stillHeld = new Set(held);
    for (const run of asked) {
      const isStopping = this.#stopping.has(run);
      if (run.isDetached && !isStopping) continue;
      if (stillHeld.has(run.runId)) run.lease.until = Math.max(run.lease.until, until);
      // A run that has been released in the meantime has no owner either.
      else if (isStopping || !run.isReleased) this.#giveUp(run, leaseLost(run.runId));
    }
    this.#problem = undefined;
    this.#reckon();
    this.#host.renewed?.();
    this.#releasePending();
    this.#survived.tell();
  }

  // --- the fence

  /**
   * Called before anything is written and before its effects are performed. It costs a comparison,
   * unless this process has not acted for so long that a lease may have expired: then it finds out
   * which runs still belong to this engine, and abandons the others.
   */
  fence(): void {
    const { clock, storage, times } = this.#host;
    if (clock.now() < this.#noneEndsBefore) return;
    this.#reckon();
    if (clock.now() < this.#noneEndsBefore) return;
    // While the grace lasts, a lease that has expired can still be renewed, as by a machine that
    // was asleep. The answer says which runs another engine has claimed.
    if (storage.asynchronous === undefined && times.graceMs > 0) this.#renewNow();
    this.#giveUpBefore(clock.now());
  }

  #fenceAt(at: number): void {
    const { clock, times } = this.#host;
    this.#cancelFence?.();
    this.#fenceDueAt = at;
    this.#cancelFence = clock.setTimer(Math.max(0, at - clock.now()), () => {
      this.#cancelFence = undefined;
      this.fence();
      const dueAt = clock.now() + times.stopMs;
      // Each call that waits for a locked file stops this thread, and the end of the agents with
      // it. So all runs end at once, and no call is left to make.
      const isLocked = this.#host.storage.asynchronous === undefined && this.#problem !== undefined;
      const isDue = this.#noneEndsBefore <= dueAt;
      this.#giveUpBefore(isLocked && isDue ? Number.POSITIVE_INFINITY : dueAt);
      // The timer is not moved with each renewal: it looks when it fires.
      if (this.#noneEndsBefore < Number.POSITIVE_INFINITY)
        this.#fenceAt(this.#noneEndsBefore - times.stopMs);
    });
  }

  /** Abandons the runs whose leases end at this instant or earlier. */
  #giveUpBefore(at: number): void {
    for (const run of this.#leased())
      if (run.lease.until <= at && !this.#isAboutToBegin(run))
        this.#giveUp(run, this.#notRenewed(run));
    this.#reckon();
  }

  /**
   * Whether the first turn of a run is written within this turn of the event loop. No engine can
   * have claimed the run, and its lease is renewed as soon as it has a row.
   */
  #isAboutToBegin({ isStored }: LeasedRun): boolean {
    return (
      !isStored && this.#host.storage.asynchronous === undefined && this.#problem === undefined
    );
  }

  #giveUp(run: LeasedRun, error: WorkflowError): void {
    run.lease.isLost = true;
    if (this.#stopping.delete(run)) return;
    if (error.code === "database_full") run.failed(error);
    else {
      run.abandon(error);
      this.#survived.add(run);
    }
  }

  /** The runs whose agents must not outlive their leases. */
  #leased(): LeasedRun[] {
    return [...[...this.#host.runs()].filter((run) => run.isLeased), ...this.#stopping];
  }

  #notRenewed({ runId, isStored }: LeasedRun): WorkflowError {
    const { times } = this.#host;
    // A full disk refuses the claims of other engines too.
    if (this.#problem?.code === "database_full" || !isStored)
      return (
        this.#problem ??
        new WorkflowError("database_busy", "The database did not answer.", { runId })
      );
    const why =
      this.#problem?.message ?? "this process was suspended, or the database is too slow.";
    return new WorkflowError(
      "lease_lost",
      `Run ${runId} was abandoned, and its agents were stopped, because its lease of ` +
        `${times.leaseMs / 1000} s could not be renewed: ${why}`,
      {
        runId,
        remedy:
          "Resume the run once the database answers, unless another engine has resumed it. " +
          "Recorded steps are not performed again.",
        suggestion: { action: "resume_run", runId },
      },
    );
  }

  #reckon(): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { lease } of this.#leased()) earliest = Math.min(earliest, lease.until);
    this.#noneEndsBefore = earliest;
  }
}

function idsOf(runs: readonly LeasedRun[]): string[] {
  return runs.map(({ runId }) => runId);
}
