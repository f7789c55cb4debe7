import { ChangeWatcher, type StoragePort, type StoredRun } from "@automatosx/workflow/observe";
import { AttemptLogs } from "./attempts/AttemptLogs.js";
import type { DashboardOptions } from "./DashboardOptions.js";
import { Definitions } from "./Definitions.js";
import { Figures } from "./Figures.js";
import { Readers } from "./Readers.js";
import { RecentRuns } from "./RecentRuns.js";
import { RunRows } from "./RunRows.js";
import { RunWire } from "./RunWire.js";
import { Tallies } from "./Tallies.js";

/** How long to wait before each layout that was not asked for, in ms. */
const WARM_PAUSE_MS = 50;

/** What all routes that read share. */
export class Reading {
  readonly options: DashboardOptions;
  readonly storage: StoragePort;
  readonly definitions: Definitions;
  readonly readers: Readers;
  readonly logs: AttemptLogs;
  readonly rows: RunRows;
  readonly changes: ChangeWatcher;
  readonly recent: RecentRuns;
  readonly tallies: Tallies;
  /** The hashes of definitions to lay out. */
  readonly #cold = new Set<string>();
  #warming: NodeJS.Timeout | undefined;

  constructor(options: DashboardOptions) {
    const { storage, folder } = options;
    const now = (): number => this.now();
    this.options = options;
    this.storage = storage;
    this.definitions = new Definitions(storage);
    this.readers = new Readers(storage);
    this.changes = new ChangeWatcher(storage);
    const figures = new Figures({ storage, readers: this.readers, now }, () =>
      this.changes.announce(),
    );
    this.logs = new AttemptLogs(storage);
    this.rows = new RunRows(folder, now, figures);
    this.recent = new RecentRuns({ storage, figures, changes: this.changes, now });
    this.tallies = new Tallies(storage, this.changes);
    options.onOwnChange?.(() => this.changes.announce());
  }

  /** The current time in ms since the epoch. */
  now(): number {
    return (this.options.now ?? Date.now)();
  }

  /**
   * Lays out the workflows of runs that are listed, one after the other while nothing is asked for:
   * a large workflow takes a quarter of a second.
   */
  warm(runs: readonly StoredRun[]): void {
    for (const run of runs) this.#cold.add(run.currentDefinitionHash ?? run.definitionHash);
    this.#warmNext();
  }

  #warmNext(): void {
    if (this.#warming !== undefined) return;
    this.#warming = setTimeout(() => {
      this.#warming = undefined;
      const [hash] = this.#cold;
      if (hash === undefined) return;
      this.#cold.delete(hash);
      try {
        this.definitions.warm(hash);
      } catch {
        // A damaged definition is reported where it is asked for.
      }
      this.#warmNext();
    }, WARM_PAUSE_MS);
    this.#warming.unref();
  }

  /** Writes entries of a run for the wire. */
  wire(run: StoredRun): RunWire {
    return new RunWire(this, run);
  }
}
