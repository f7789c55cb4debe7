import { WorkflowError } from "../../errors.js";
import { backUpBeforeMigration } from "./back-up-before-migration.js";
import { schemaMentions } from "./contains-table.js";
import { guard } from "./database-error.js";
import { assertOneName, IN_MEMORY, resolveDatabasePath } from "./database-path.js";
import { damagedLog, inspectLog, isDamaged, type LogTail } from "./inspect-log.js";
import { assertNoLivingOwner } from "./living-owner.js";
import { copyOpen } from "./memory-copy.js";
import {
  assertCanCreate,
  isUpToDate,
  migrate,
  OWN_LEDGER,
  readLedger,
  type TableSet,
} from "./migrate.js";
import {
  assertExists,
  type Database,
  isEmptyFile,
  type OpenOptions,
  openDatabase,
  peekDatabase,
  restrictFiles,
} from "./open-database.js";

/**
 * Opens the database, migrates the tables of `set` to this version, and returns the result of
 * `use`, which receives the path without symbolic links. An older database is backed up before it
 * is migrated. In read-only mode, nothing changes, and an older database is read from a migrated
 * copy in memory. If any of this throws, the file is closed again. Throws `database_*`.
 */
export function openMigrated<T>(
  given: OpenOptions,
  set: TableSet,
  use: (database: Database, path: string) => T,
): T {
  const path = resolveDatabasePath(given.path);
  const options = { ...given, path };
  const { readOnly = false, create = true } = options;
  if (readOnly || !create) guard(path, () => assertTables(path, set));
  const log = guard(path, () => checkLog(options));
  if (!readOnly) {
    guard(path, () => assertOneName(path));
    inspectFirst(options, set);
  }
  const isOurs = guard(path, () => isEmptyFile(path));
  let database = openDatabase(options);
  try {
    return guard(path, () => {
      if (!readOnly && log.torn > 0) truncateLog(database);
      if (readLedger(database, set.ledger).length === 0 && (readOnly || !create))
        throw noTables(path);
      if (readOnly) database = upToDate(database, path, set);
      else applyMigrations(database, path, set);
      // A file that existed before may be shared with another program, which needs its mode.
      if (!readOnly && isOurs) restrictFiles(path);
      return use(database, path);
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Opens a database that contains the tables of `set`, of any version, without changing it. Throws
 * `database_*`.
 */
export function openAsIs(given: OpenOptions, set: TableSet): Database {
  const path = resolveDatabasePath(given.path);
  const options = { ...given, path, readOnly: true };
  guard(path, () => {
    assertTables(path, set);
    checkLog(options);
  });
  const database = openDatabase(options);
  try {
    guard(path, () => {
      if (readLedger(database, set.ledger).length === 0) throw noTables(path);
    });
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

// SQLite would create a log beside the file of another program.
function assertTables(path: string, { ledger }: TableSet): void {
  if (path === IN_MEMORY) return;
  assertExists(path);
  if (isEmptyFile(path) || schemaMentions(path, ledger.table) === false) throw noTables(path);
}

function noTables(path: string): WorkflowError {
  return new WorkflowError(
    "database_unusable",
    `${path} contains no runs: it has no tables of this program. It was not changed.`,
    {
      remedy: "Check the path, or start a run in this database, which creates the tables.",
      suggestion: { action: "start_run" },
    },
  );
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

// Opening a file for writing changes at least its log. A file from a newer version or of another
// program must not be changed.
function inspectFirst(options: OpenOptions, set: TableSet): void {
  const { path, create = true } = options;
  let peeked: Database | undefined;
  try {
    peeked = peekDatabase(options);
    if (peeked === undefined) return;
    if (!create && readLedger(peeked, set.ledger).length === 0) throw noTables(path);
    if (!isUpToDate(peeked, set.migrations, set.ledger)) assertCanCreate(peeked, path, set);
  } catch (error) {
    // A log that needs recovery cannot be read without changing it: the checks after opening cover
    // it.
    if (error instanceof WorkflowError) throw error;
  } finally {
    peeked?.close();
  }
}

function applyMigrations(database: Database, path: string, set: TableSet): void {
  const { migrations, ledger } = set;
  if (isUpToDate(database, migrations, ledger)) return;
  assertCanCreate(database, path, set);
  const isOlder = readLedger(database, ledger).length > 0;
  // An engine of the older version would continue to write what this version no longer reads.
  const assertFree = (): void => {
    if (isOlder && ledger === OWN_LEDGER) assertNoLivingOwner(database, path);
  };
  assertFree();
  if (isOlder && path !== IN_MEMORY) backUpBeforeMigration(database, path, set);
  migrate(database, Date.now(), migrations, ledger, assertFree);
}

function upToDate(database: Database, path: string, { migrations, ledger }: TableSet): Database {
  if (isUpToDate(database, migrations, ledger)) return database;
  const copy = copyOpen(database, path);
  try {
    migrate(copy, Date.now(), migrations, ledger);
    copy.pragma("query_only = ON");
  } catch (error) {
    copy.close();
    throw error;
  }
  database.close();
  return copy;
}
