import { ownerState, type StoredRun } from "@automatosx/workflow/observe";
import type { Pulse } from "../api/house.schema.js";
import type { Reading } from "./Reading.js";
import { readPulse } from "./read-pulse.js";

/** How long to wait between two looks, in ms. */
const PAUSE_MS = 400;

/** A process may die without a change of the database, so its runs are looked at this often. */
const OWNER_PAUSE_MS = 2000;

/** How many of the newest runs are watched, beside those that have not ended. */
const NEWEST = 100;

/** How many runs that have not ended are watched: the newest of them. */
const MAX_OPEN = 500;

interface Watched {
  readonly run: StoredRun;
  readonly signature: string;
  readonly revision: number;
}

/** The runs that may change, watched once for all streams. */
export class RecentRuns {
  readonly #reading: Reading;
  #watched = new Map<string, Watched>();
  #revision = 0;
  #version = -1;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #pulse: Pulse | undefined;

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  /** Increases with each change of one of the runs. */
  get revision(): number {
    return this.#revision;
  }

  /** The numbers at the last look. */
  get pulse(): Pulse {
    this.#pulse ??= readPulse(this.#reading);
    return { ...this.#pulse, now: this.#reading.now() };
  }

  /** Looks at the database, unless nothing can have changed since the last look. */
  look(): void {
    const { changes } = this.#reading;
    const passedMs = performance.now() - this.#lookedAt;
    if (passedMs < (changes.version === this.#version ? OWNER_PAUSE_MS : PAUSE_MS)) return;
    this.#lookedAt = performance.now();
    this.#version = changes.version;
    const found = this.#find();
    const isFirst = this.#watched.size === 0;
    const watched = new Map<string, Watched>();
    for (const run of found.values()) {
      const signature = this.#signature(run);
      const before = this.#watched.get(run.runId);
      const isSame = before?.signature === signature;
      if (!isSame && !isFirst) this.#revision += 1;
      watched.set(run.runId, isSame ? before : { run, signature, revision: this.#revision });
    }
    this.#watched = watched;
    this.#pulse = undefined;
  }

  /** Returns the runs that have changed after this revision, newest first. */
  changedAfter(revision: number): readonly StoredRun[] {
    return [...this.#watched.values()]
      .filter((each) => each.revision > revision)
      .map(({ run }) => run);
  }

  /** Returns the runs that have changed since an instant. */
  updatedSince(at: number): readonly StoredRun[] {
    return [...this.#watched.values()]
      .filter(({ run }) => run.updatedAt >= at)
      .map(({ run }) => run);
  }

  #find(): Map<string, StoredRun> {
    const { storage } = this.#reading;
    const found = new Map<string, StoredRun>();
    const add = (runs: readonly StoredRun[]): void => {
      for (const run of runs) found.set(run.runId, run);
    };
    add(storage.listRuns({ limit: NEWEST }));
    add(storage.listRuns({ status: "running", limit: MAX_OPEN }));
    add(storage.listRuns({ status: "paused", limit: MAX_OPEN }));
    // A run that has ended since the last look is no longer among them.
    for (const [runId, { run }] of this.#watched) {
      if (found.has(runId) || (run.status !== "running" && run.status !== "paused")) continue;
      const ended = storage.getRun(runId);
      if (ended !== undefined) found.set(runId, ended);
    }
    return found;
  }

  #signature(run: StoredRun): string {
    const { status, state, journalSeq, updatedAt, leaseEpoch, pauseReason, owner, damage } = run;
    return JSON.stringify([
      ...[status, state, journalSeq, updatedAt, leaseEpoch, pauseReason, damage],
      ...[owner?.ownerId, ownerState(run, this.#reading.now())],
    ]);
  }
}
