import {
  type ChangeWatcher,
  ownerState,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import type { Figures, ReadFigures } from "./Figures.js";

/** How long to wait between two looks, in ms. */
const PAUSE_MS = 400;

/** A process may die without a change of the database, so its runs are looked at this often. */
const OWNER_PAUSE_MS = 2000;

/** How many of the newest runs are watched, beside those that have not ended. */
const NEWEST = 100;

/** How many runs that have not ended are watched: the newest of each status. */
const MAX_OPEN = 500;

interface Watched {
  readonly run: StoredRun;
  readonly signature: string;
  readonly revision: number;
}

/** A run that has not ended, and what its journal says if that is known. */
export interface OpenRun {
  readonly run: StoredRun;
  readonly read: ReadFigures | undefined;
}

/** What is needed to watch runs. */
export interface RunSources {
  readonly storage: StoragePort;
  readonly figures: Figures;
  readonly changes: ChangeWatcher;
  readonly now: () => number;
}

/** The runs that may change, watched once for all streams. */
export class RecentRuns {
  readonly #sources: RunSources;
  #watched = new Map<string, Watched>();
  #hasLooked = false;
  #revision = 0;
  #version = -1;
  #dataVersion = -1;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(sources: RunSources) {
    this.#sources = sources;
  }

  /** Increases with each change of one of the runs. */
  get revision(): number {
    return this.#revision;
  }

  /** Looks at the database, unless nothing can have changed since the last look. */
  look(): void {
    const { changes, storage } = this.#sources;
    const passedMs = performance.now() - this.#lookedAt;
    const dataVersion = storage.dataVersion();
    const isSame = changes.version === this.#version && dataVersion === this.#dataVersion;
    if (passedMs < (isSame ? OWNER_PAUSE_MS : PAUSE_MS)) return;
    this.#lookedAt = performance.now();
    this.#version = changes.version;
    this.#dataVersion = dataVersion;
    const isFirst = !this.#hasLooked;
    this.#hasLooked = true;
    const watched = new Map<string, Watched>();
    for (const run of this.#find().values()) {
      const signature = this.#signature(run);
      const before = this.#watched.get(run.runId);
      const isSameRun = before?.signature === signature;
      if (!isSameRun && !isFirst) this.#revision += 1;
      watched.set(run.runId, isSameRun ? before : { run, signature, revision: this.#revision });
    }
    this.#watched = watched;
  }

  /** Returns the runs that have changed after this revision, newest first. */
  changedAfter(revision: number): readonly StoredRun[] {
    return this.#all((each) => each.revision > revision);
  }

  /** Returns the runs that have changed since an instant, newest first. */
  updatedSince(at: number): readonly StoredRun[] {
    return this.#all(({ run }) => run.updatedAt >= at);
  }

  /** Returns the runs that have not ended, and those among the newest that cannot be read. */
  open(): readonly OpenRun[] {
    const { figures } = this.#sources;
    this.look();
    return this.#all(({ run }) => isOpen(run) || isDamaged(figures.known(run))).map((run) => ({
      run,
      read: figures.knownOrLater(run),
    }));
  }

  #all(isWanted: (watched: Watched) => boolean): readonly StoredRun[] {
    return [...this.#watched.values()].filter(isWanted).map(({ run }) => run);
  }

  #find(): Map<string, StoredRun> {
    const { storage } = this.#sources;
    const found = new Map<string, StoredRun>();
    const add = (runs: readonly StoredRun[]): void => {
      for (const run of runs) found.set(run.runId, run);
    };
    add(storage.pageRuns({}, NEWEST).runs);
    add(storage.pageRuns({ status: "running" }, MAX_OPEN).runs);
    add(storage.pageRuns({ status: "paused" }, MAX_OPEN).runs);
    // A run that has ended since the last look is no longer among them.
    for (const [runId, { run }] of this.#watched) {
      if (found.has(runId) || !isOpen(run)) continue;
      const ended = storage.getRun(runId);
      if (ended !== undefined) found.set(runId, ended);
    }
    return found;
  }

  #signature(run: StoredRun): string {
    const { status, state, journalSeq, updatedAt, leaseEpoch, pauseReason, owner, damage } = run;
    const { figures, now } = this.#sources;
    return JSON.stringify([
      ...[status, state, journalSeq, updatedAt, leaseEpoch, pauseReason, damage],
      ...[owner?.ownerId, ownerState(run, now()), figures.known(run) !== undefined],
    ]);
  }
}

function isOpen({ status }: StoredRun): boolean {
  return status === "running" || status === "paused";
}

function isDamaged(read: ReadFigures | undefined): boolean {
  return read !== undefined && "damage" in read;
}
