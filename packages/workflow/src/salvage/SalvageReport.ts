import type { RunStatus } from "@automatosx/schemas";

/** The result of salvaging one run. */
export interface SalvagedRun {
  /** The id of the run, or `number N` if only the number of its journal can be read. */
  readonly runId: string;
  /** Its status in the new database; absent if none of it was copied. */
  readonly status?: RunStatus;
  /** How many journal entries were salvaged, counted from the first. */
  readonly keptEntries: number;
  /** The highest sequence number that appears anywhere in the old database. */
  readonly lastSeen: number;
  /** How many checkpoints were copied. */
  readonly keptCheckpoints: number;
  /** The process that works on the run, which was therefore not copied. */
  readonly owner?: { readonly host: string; readonly pid: number };
  /**
   * Human-readable descriptions of what is lost, or may be, with the reasons. Empty only if the run
   * is complete: nothing in the old database mentions an entry after its last one, and no page that
   * may contain one is unreadable.
   */
  readonly lost: readonly string[];
}

/** The result of salvaging a database. */
export interface SalvageReport {
  /** Every run that anything in the old database mentions. */
  readonly runs: readonly SalvagedRun[];
  /** Human-readable descriptions of lost data that does not belong to a single run. */
  readonly lost: readonly string[];
  /** The transactions in the write-ahead log of the old database. */
  readonly log: {
    /** How many transactions the log contains, whether SQLite can read them or not. */
    readonly transactionCount: number;
    /** How many of them contain a page that does not match its checksum. */
    readonly damagedCount: number;
  };
}
