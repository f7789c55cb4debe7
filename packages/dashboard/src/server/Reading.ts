import { ChangeWatcher, type StoragePort, type StoredRun } from "@automatosx/workflow/observe";
import type { DashboardOptions } from "./DashboardOptions.js";
import { Definitions } from "./Definitions.js";
import { Readers } from "./Readers.js";
import { RecentRuns } from "./RecentRuns.js";
import { RunRows } from "./RunRows.js";
import { RunWire } from "./RunWire.js";

/** What all routes that read share. */
export class Reading {
  readonly options: DashboardOptions;
  readonly storage: StoragePort;
  readonly definitions: Definitions;
  readonly readers: Readers;
  readonly rows: RunRows;
  readonly changes: ChangeWatcher;
  readonly recent: RecentRuns;

  constructor(options: DashboardOptions) {
    const { storage, folder } = options;
    this.options = options;
    this.storage = storage;
    this.definitions = new Definitions(storage);
    this.readers = new Readers(storage);
    this.rows = new RunRows({ folder, now: () => this.now() }, storage, this.readers);
    this.changes = new ChangeWatcher(storage);
    this.recent = new RecentRuns(this);
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
