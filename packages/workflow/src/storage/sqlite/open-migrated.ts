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

/** The tables of one package, and the ledger that says which of its migrations a file has. */
export interface TableSet {
  readonly ledger: Ledger;
  /** In the order in which they are applied. */
  readonly migrations: readonly Migration[];
}

/**
 * Opens the database, brings the tables of `set` to this version, and gives what `use` makes of it. Read-only, it
 * changes nothing. When anything of this throws, the file is closed again. `database_*`.
 */
export function openMigrated<T>(
  options: OpenOptions,
  set: TableSet,
  use: (database: Database) => T,
): T {
  const { path, readOnly = false } = options;
  const log = guard(path, () => lookAtLog(options));
  if (!readOnly) refuseNewer(options, set);
  const database = openDatabase(options);
  try {
    return guard(path, () => {
      if (!readOnly && log.torn > 0) beginLogAnew(database);
      if (readOnly) mustBeUpToDate(database, path, set);
      else bringUpToDate(database, path, set);
      return use(database);
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

// Before SQLite opens the file, which would take what it cannot read for the end of the log and write over it.
function lookAtLog({ path, durability }: OpenOptions): LogTail {
  const log = inspectLog(path);
  if (isDamaged(log) && durability !== "process") throw damagedLog(path, log);
  return log;
}

// What a power cut left behind the end must not be found there again after another one. Whoever else has the file open
// has come to terms with it, and is not waited for.
function beginLogAnew(database: Database): void {
  const patience = Number(database.pragma("busy_timeout", { simple: true }));
  database.pragma("busy_timeout = 0");
  database.pragma("wal_checkpoint(TRUNCATE)");
  database.pragma(`busy_timeout = ${patience}`);
}

// To open a file for writing changes it, even if only its log; a newer version's is to stay as it is.
function refuseNewer(options: OpenOptions, { migrations, ledger }: TableSet): void {
  let seen: Database | undefined;
  try {
    seen = peekDatabase(options);
    if (seen !== undefined) isUpToDate(seen, migrations, ledger);
  } catch (error) {
    // What cannot be read without being changed (a log that has to be recovered) is looked at again once it is open.
    if (error instanceof WorkflowError) throw error;
  } finally {
    seen?.close();
  }
}

function bringUpToDate(database: Database, path: string, { migrations, ledger }: TableSet): void {
  // Our tables hold what may be secret: a file that others may read is closed to them when the tables come into it.
  if (migrate(database, Date.now(), migrations, ledger)) restrictFiles(path);
}

function mustBeUpToDate(database: Database, path: string, { migrations, ledger }: TableSet): void {
  if (isUpToDate(database, migrations, ledger)) return;
  throw new WorkflowError(
    "database_unusable",
    `The database ${path} has no tables of this version yet.`,
    {
      remedy: "Run a workflow with it first, which brings them; to look on changes nothing.",
    },
  );
}
