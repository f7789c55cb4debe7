import type { ChangeWatcher, RunSearch, StoragePort } from "@automatosx/workflow/observe";

type RunTally = ReturnType<StoragePort["tallyRuns"]>;

/** A count that took one millisecond is kept for this many, although runs have changed. */
const KEPT_TIMES = 20;

const MAX_KNOWN = 20;

interface Known {
  readonly tally: RunTally;
  /** The version of the database that was counted. */
  readonly version: number;
  /** When it may be counted again, by `performance.now()`. */
  readonly dueAt: number;
}

/** How many runs have each status. In a large database they are not counted at each change. */
export class Tallies {
  readonly #storage: Pick<StoragePort, "tallyRuns" | "dataVersion">;
  readonly #changes: Pick<ChangeWatcher, "version">;
  readonly #known = new Map<string, Known>();

  constructor(
    storage: Pick<StoragePort, "tallyRuns" | "dataVersion">,
    changes: Pick<ChangeWatcher, "version">,
  ) {
    this.#storage = storage;
    this.#changes = changes;
  }

  /** Counts runs by status, at most a few seconds late. */
  of(search: RunSearch): RunTally {
    const key = JSON.stringify(search);
    const known = this.#known.get(key);
    const startedAt = performance.now();
    // The watcher looks at the database only while there are streams.
    const version = this.#changes.version + this.#storage.dataVersion();
    if (known !== undefined && (known.version === version || startedAt < known.dueAt))
      return known.tally;
    const tally = this.#storage.tallyRuns(search);
    const tookMs = performance.now() - startedAt;
    this.#known.delete(key);
    this.#known.set(key, { tally, version, dueAt: startedAt + tookMs * KEPT_TIMES });
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > MAX_KNOWN) this.#known.delete(oldest);
    return tally;
  }
}
