import { WorkflowError } from "../../errors.js";
import { guard } from "./database-error.js";
import { damagedLog, inspectLog, isDamaged, type LogTail } from "./inspect-log.js";
import { isUpToDate, type Ledger, type Migration, migrate } from "./migrate.js";
import {
  type Database,
  type OpenOptions,
  openDatabase,
  peekDatabase,
  restrictFiles,
} from "./open-database.js";

/** The migrations of one package, and the ledger that records which of them a file has. */
export interface TableSet {
  readonly ledger: Ledger;
  /** In the order in which they are applied. */
  readonly migrations: readonly Migration[];
}

/**
 * Opens the database, migrates the tables of `set` to this version, and returns the result of
 * `use`. In read-only mode, it changes nothing. If any of this throws, the file is closed again.
 * Throws `database_*`.
 */
export function openMigrated<T>(
  options: OpenOptions,
  set: TableSet,
  use: (database: Database) => T,
): T {
  const { path, readOnly = false } = options;
  const log = guard(path, () => checkLog(options));
  if (!readOnly) refuseNewer(options, set);
  const database = openDatabase(options);
  try {
    return guard(path, () => {
      if (!readOnly && log.torn > 0) truncateLog(database);
      if (readOnly) assertMigrated(database, path, set);
      else applyMigrations(database, path, set);
      return use(database);
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

// Must run before SQLite opens the file: SQLite treats the first frame that it cannot read as the
// end of the log, and overwrites the rest.
function checkLog({ path, durability }: OpenOptions): LogTail {
  const log = inspectLog(path);
  if (isDamaged(log) && durability !== "process") throw damagedLog(path, log);
  return log;
}

// A torn transaction after the end of the log must not be read after the next power cut. If another
// process has the file open, it has already handled this, so there is no need to wait for it.
function truncateLog(database: Database): void {
  const busyTimeoutMs = Number(database.pragma("busy_timeout", { simple: true }));
  database.pragma("busy_timeout = 0");
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.pragma(`busy_timeout = ${busyTimeoutMs}`);
}

// Opening a file for writing changes at least its log. A file from a newer version must not be
// changed.
function refuseNewer(options: OpenOptions, { migrations, ledger }: TableSet): void {
  let peeked: Database | undefined;
  try {
    peeked = peekDatabase(options);
    if (peeked !== undefined) isUpToDate(peeked, migrations, ledger);
  } catch (error) {
    // A log that needs recovery cannot be read without changing it: the check after opening covers
    // it.
    if (error instanceof WorkflowError) throw error;
  } finally {
    peeked?.close();
  }
}

function applyMigrations(database: Database, path: string, { migrations, ledger }: TableSet): void {
  // The tables may contain secrets, so when they are created, access to the file is restricted to
  // its owner.
  if (migrate(database, Date.now(), migrations, ledger)) restrictFiles(path);
}

function assertMigrated(database: Database, path: string, { migrations, ledger }: TableSet): void {
  if (isUpToDate(database, migrations, ledger)) return;
  throw new WorkflowError(
    "database_unusable",
    `The database ${path} has no tables of this version.`,
    {
      remedy:
        "Start a run in this database first; that creates the tables. Opening it for reading " +
        "does not.",
      suggestion: { action: "start_run" },
    },
  );
}
