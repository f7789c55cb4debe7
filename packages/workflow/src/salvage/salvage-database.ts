import { existsSync, rmSync } from "node:fs";
import { WorkflowError } from "../errors.js";
import { DamagedDatabase } from "../storage/sqlite/DamagedDatabase.js";
import { resolveDatabasePath } from "../storage/sqlite/database-path.js";
import { openSqliteStorage } from "../storage/sqlite/SqliteStorage.js";
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
 * `database_unusable` if the old file is not a database or the new one already exists.
 *
 * @example
 * const { runs } = salvageDatabase({ from: ".ax/workflow.db", to: "rescued.db" });
 */
export function salvageDatabase({
  from,
  to: given,
}: {
  readonly from: string;
  readonly to: string;
}): SalvageReport {
  const to = resolveDatabasePath(given);
  if (existsSync(to)) {
    throw new WorkflowError("database_unusable", `${to} already exists.`, {
      remedy: "Choose a path where no file exists: salvage does not overwrite files.",
      suggestion: { action: "salvage_database" },
    });
  }
  using damaged = DamagedDatabase.open(from, to);
  try {
    const storage = openSqliteStorage({ path: to });
    try {
      return new Salvage(damaged, storage, Date.now()).run();
    } finally {
      storage.close();
    }
  } catch (error) {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(to + suffix, { force: true });
    throw error;
  }
}
