import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { WorkflowError } from "../errors.js";
import { DamagedDatabase } from "../storage/sqlite/DamagedDatabase.js";
import { guard } from "../storage/sqlite/database-error.js";
import { prepareFolder } from "../storage/sqlite/database-path.js";
import { openSqliteStorage } from "../storage/sqlite/SqliteStorage.js";
import { syncFile, syncFolder } from "../storage/sqlite/sync-file.js";
import { type CopyOptions, checkCopyOptions, newFilePath } from "./copy-options.js";
import { Salvage } from "./Salvage.js";
import type { SalvageReport } from "./SalvageReport.js";

/**
 * Copies the intact data in a damaged database into a new one: for each run, the journal up to the
 * last good entry, the checkpoints and results that match their hashes, and the row derived from
 * the journal. The old files are not changed. A run on which a living process works is named and
 * not copied.
 *
 * The report names every run that the old database mentions: in the table of runs, in an index, in
 * the keys of the journal, in a checkpoint, a command or the output of an agent. Throws
 * `invalid_argument` if a file already exists at `to`, `database_unusable` if the old file is not a
 * database, and `database_newer` for a database of a newer version.
 *
 * @example
 * const { runs } = salvageDatabase({ from: ".ax/workflow.db", to: "rescued.db" });
 */
export function salvageDatabase(options: CopyOptions): SalvageReport {
  checkCopyOptions("salvageDatabase", options);
  const { from, to: given } = options;
  const to = newFilePath(given);
  const folder = guard(to, () => createFolder(to));
  try {
    const file = join(folder, "new.db");
    const report = copyIntactData(from, folder, file);
    // The new database appears at once and complete, so that a killed salvage leaves none.
    guard(to, () => {
      syncFile(file);
      renameSync(file, to);
      syncFolder(dirname(to));
    });
    return report;
  } catch (error) {
    throw isFull(error) ? noRoom(to, error) : error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function copyIntactData(from: string, folder: string, file: string): SalvageReport {
  using damaged = DamagedDatabase.open(from, folder);
  // The file is synced once, when it is complete.
  const storage = openSqliteStorage({ path: file, durability: "process" });
  try {
    return new Salvage(damaged, storage, Date.now()).run();
  } finally {
    storage.close();
  }
}

function createFolder(to: string): string {
  prepareFolder(to);
  return mkdtempSync(join(dirname(to), ".salvage-"));
}

function isFull(error: unknown): error is WorkflowError {
  return error instanceof WorkflowError && error.code === "database_full";
}

function noRoom(to: string, cause: WorkflowError): WorkflowError {
  return new WorkflowError("database_full", `There is not enough space to create ${to}.`, {
    cause,
    remedy:
      "Free some space, or choose a path on another disk: salvage needs about twice the size of " +
      "the damaged database. Nothing was created.",
  });
}
