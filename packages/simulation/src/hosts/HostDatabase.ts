import { type StoragePort, type StoredRun, WorkflowError } from "@automatosx/workflow";
import type { VirtualTime } from "../engine/VirtualTime.js";
import type { HostRules } from "./HostRules.js";
import { withoutStored } from "./stored-already.js";

type Commit = Parameters<StoragePort["commit"]>[0];
type LeaseRequest = Parameters<StoragePort["acquireLease"]>[0];
type LeaseResult = ReturnType<StoragePort["acquireLease"]>;

/** A lease as the database knows it. `until` is an instant of the database's clock. */
export interface HostLease {
  readonly ownerId: string;
  readonly until: number;
}

/** What the world notes of each write, at the instant at which the database applies it. */
export interface DatabaseObserver {
  /** A process has the lease of a run now: the client first, until it has enqueued the run. */
  acquired(runId: string, ownerId: string): void;
  committed(ownerId: string, commit: Commit): void;
}

/**
 * The database server of a world of hosts: rows in SQLite, and leases that expire by its own clock.
 * Every request carries how long a lease lasts rather than an instant, because the clocks of the
 * hosts differ.
 */
export class HostDatabase {
  /** True while the server is down. */
  isAway = false;
  readonly leases = new Map<string, HostLease>();
  readonly #time: VirtualTime;
  readonly #rules: HostRules;
  readonly #observer: DatabaseObserver;
  readonly #listeners = new Map<string, () => void>();

  constructor(time: VirtualTime, rules: HostRules, observer: DatabaseObserver) {
    this.#time = time;
    this.#rules = rules;
    this.#observer = observer;
  }

  get now(): number {
    return this.#time.now;
  }

  /** Calls `listener` after each write of another process. Returns the function that ends it. */
  listen(ownerId: string, listener: () => void): () => void {
    this.#listeners.set(ownerId, listener);
    return () => void this.#listeners.delete(ownerId);
  }

  commit(rows: StoragePort, ownerId: string, asked: Commit): void {
    const commit = this.#rules.repeatsCommits ? withoutStored(rows, asked) : asked;
    rows.commit({
      ...commit,
      runs: this.#rules.checksEpochs
        ? commit.runs
        : commit.runs.map((run) => {
            const { leaseEpoch = run.leaseEpoch } = rows.getRun(run.runId) ?? {};
            return { ...run, leaseEpoch };
          }),
    });
    for (const { runId, owner, leaseUntil } of commit.newRuns)
      if (owner !== undefined) this.#note(runId, ownerId, leaseUntil ?? 0);
    for (const { runId, run } of commit.runs) if (run?.release === true) this.leases.delete(runId);
    this.#observer.committed(ownerId, commit);
    this.#announce(ownerId);
  }

  /** Claims a run. `request` has instants of the database's clock. */
  acquire(rows: StoragePort, request: LeaseRequest): LeaseResult {
    const { runId, owner, expired, leaseUntil } = request;
    const row = rows.getRun(runId);
    // The caller has read the lease by its own clock: the epoch says whether it is still the same.
    const isSame = expired !== undefined && row?.leaseEpoch === expired.leaseEpoch;
    const asStored = row?.leaseUntil === undefined ? expired : { ...expired, ...row };
    const { expired: _, ...plain } = request;
    const answer = rows.acquireLease(
      isSame && asStored !== undefined
        ? { ...plain, expired: asStored as NonNullable<typeof expired> }
        : plain,
    );
    if (answer.held) {
      this.#note(runId, owner.ownerId, leaseUntil);
      this.#announce(owner.ownerId);
    }
    return answer;
  }

  renew(
    rows: StoragePort,
    ownerId: string,
    runIds: readonly string[],
    until: number,
  ): readonly string[] {
    const held = rows.renewLeases(ownerId, runIds, until);
    for (const runId of held) this.leases.set(runId, { ownerId, until });
    return held;
  }

  release(rows: StoragePort, runId: string, leaseEpoch: number): void {
    rows.releaseLease(runId, leaseEpoch);
    if (rows.getRun(runId)?.owner === undefined) this.leases.delete(runId);
  }

  /** Whether this process has the run now and its lease has not ended. */
  isHeld(runId: string, ownerId: string): boolean {
    const lease = this.leases.get(runId);
    return lease?.ownerId === ownerId && lease.until >= this.now;
  }

  #note(runId: string, ownerId: string, until: number): void {
    this.leases.set(runId, { ownerId, until });
    this.#observer.acquired(runId, ownerId);
  }

  #announce(from: string): void {
    for (const [ownerId, listener] of this.#listeners) if (ownerId !== from) listener();
  }
}

/** The error of a database that does not answer. */
export const busy = (why: string): WorkflowError =>
  new WorkflowError("database_busy", `The simulated database does not answer: ${why}.`);

/** A row as a host reads it: its instants are those of the host's clock. */
export function translated(run: StoredRun, offsetMs: number): StoredRun {
  return run.leaseUntil === undefined ? run : { ...run, leaseUntil: run.leaseUntil + offsetMs };
}
