import { ChangeWatcher, type StoragePort, type StoredRun } from "@automatosx/workflow/observe";
import type { DashboardOptions } from "./DashboardOptions.js";
import { Definitions } from "./Definitions.js";
import { Figures } from "./Figures.js";
import { Readers } from "./Readers.js";
import { RecentRuns } from "./RecentRuns.js";
import { RunRows } from "./RunRows.js";
import { RunWire } from "./RunWire.js";
import { Tallies } from "./Tallies.js";

/** What all routes that read share. */
export class Reading {
  readonly options: DashboardOptions;
  readonly storage: StoragePort;
  readonly definitions: Definitions;
  readonly readers: Readers;
  readonly rows: RunRows;
  readonly changes: ChangeWatcher;
  readonly recent: RecentRuns;
  readonly tallies: Tallies;

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
    this.rows = new RunRows(folder, now, figures);
    this.recent = new RecentRuns({ storage, figures, changes: this.changes, now });
    this.tallies = new Tallies(storage, this.changes);
    options.onOwnChange?.(() => this.changes.announce());
  }

  /** The current time in ms since the epoch. */
  now(): number {
    return (this.options.now ?? Date.now)();
  }

  /** Writes entries of a run for the wire. */
  wire(run: StoredRun): RunWire {
    return new RunWire(this, run);
  }
}
