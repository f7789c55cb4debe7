import { randomBytes } from "node:crypto";
import { linkSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { WorkflowError } from "../errors.js";
import { checkArtifacts } from "../journal/check-artifacts.js";
import { listRuns } from "../journal/list-runs.js";
import { checkCopy } from "../storage/sqlite/check-copy.js";
import { guard, toWorkflowError } from "../storage/sqlite/database-error.js";
import { createPrivate, prepareFolder } from "../storage/sqlite/database-path.js";
import { OWN_LEDGER, ownMigrations } from "../storage/sqlite/migrate.js";
import { openAsIs } from "../storage/sqlite/open-migrated.js";
import { openSqliteStorage } from "../storage/sqlite/SqliteStorage.js";
import { syncFile, syncFolder } from "../storage/sqlite/sync-file.js";
import { assertNew, type CopyOptions, checkCopyOptions, newFilePath } from "./copy-options.js";

/** A backup that was written and checked. */
export interface DatabaseBackup {
  /** The absolute path of the backup, without symbolic links. */
  readonly path: string;
  /** The size of the copy, in bytes. */
  readonly bytes: number;
  /** How many runs it contains; absent if only the pages were checked. */
  readonly runCount?: number;
  /**
   * `journals` if every page, every run's row and definition, every journal entry and every result
   * was checked; `pages` if only the pages were, because a newer version wrote the database, or an
   * older one a database over 1 GB.
   */
  readonly checked: "journals" | "pages";
}

/**
 * A number of pages that no database exceeds: a copy in one step sees one state of the database.
 */
const ALL_PAGES = 0x7fff_ffff;

/** What a check of the copy throws if the content is damaged. */
const DAMAGE: ReadonlySet<string> = new Set([
  "database_unusable",
  "journal_damaged",
  "checkpoint_damaged",
]);

/** How many runs to read at most. */
const RUN_LIMIT = 90_000_000;

/**
 * Copies a database to a new file, as of one moment, while other processes may use it, and checks
 * the copy: its pages, and each run, definition, journal and result against its hashes. The backup
 * has no log, so it is one file. It appears under its name only once it is complete, checked and
 * durable.
 *
 * The database is copied in one step, during which this process does nothing else. Throws
 * `invalid_argument` if a file already exists at `to`, `journal_damaged` or `database_*`; then
 * there is no backup.
 *
 * @example
 * const { path, runCount } = await backUpDatabase({ from: ".ax/workflow.db", to: "monday.db" });
 */
export async function backUpDatabase(options: CopyOptions): Promise<DatabaseBackup> {
  checkCopyOptions("backUpDatabase", options);
  const { from, to: given } = options;
  const to = newFilePath(given);
  const set = { ledger: OWN_LEDGER, migrations: ownMigrations() };
  const database = openAsIs({ path: from }, set);
  const part = join(dirname(to), `.backup-${randomBytes(8).toString("hex")}.part`);
  try {
    guard(to, () => {
      prepareFolder(to);
      createPrivate(part);
    });
    await database.backup(part, { progress: () => ALL_PAGES }).catch((error: unknown) => {
      throw toWorkflowError(to, error);
    });
    return guard(to, () => finish(part, to));
  } finally {
    database.close();
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(part + suffix, { force: true });
  }
}

function finish(part: string, to: string): DatabaseBackup {
  const isKnown = checked(() => checkCopy(part));
  const runCount = isKnown ? checked(() => countIntactRuns(part)) : undefined;
  syncFile(part);
  publish(part, to);
  syncFolder(dirname(to));
  return {
    path: to,
    bytes: statSync(to).size,
    ...(runCount !== undefined && { runCount }),
    checked: isKnown ? "journals" : "pages",
  };
}

function countIntactRuns(part: string): number {
  const storage = openSqliteStorage({ path: part, readOnly: true });
  try {
    const runs = listRuns(storage, { limit: RUN_LIMIT });
    for (const { runId, damage } of runs) {
      if (damage !== undefined) throw new WorkflowError("journal_damaged", damage);
      for (const entry of storage.readJournal(runId)) checkArtifacts(storage, entry);
    }
    return runs.length;
  } finally {
    storage.close();
  }
}

function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (cause) {
    const error = toWorkflowError("the copy", cause);
    const isDamage = error instanceof WorkflowError && DAMAGE.has(error.code);
    throw isDamage ? damaged(error.message) : error;
  }
}

function damaged(problem: string): WorkflowError {
  return new WorkflowError(
    "journal_damaged",
    "The database is damaged, so no backup was written: " +
      problem.replace(/^The database is damaged: /, ""),
    {
      remedy: "Keep the database unchanged, and salvage the intact data into a new file.",
      suggestion: { action: "salvage_database" },
    },
  );
}

// A link fails if another process has created the file in the meantime, whereas a rename would
// overwrite it. Some file systems have no links.
function publish(part: string, to: string): void {
  try {
    linkSync(part, to);
    rmSync(part);
  } catch {
    assertNew(to);
    renameSync(part, to);
  }
}
