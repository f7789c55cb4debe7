import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { WorkflowError } from "../../errors.js";
import { codeOf, toWorkflowError } from "./database-error.js";
import { createPrivate } from "./database-path.js";
import type { TableSet } from "./migrate.js";
import type { Database } from "./open-database.js";
import { syncFile, syncFolder } from "./sync-file.js";

/** How many backups of one migration may lie beside a database. */
const MAX_BACKUPS = 1000;

/**
 * Copies a database of an older version to a new file beside it, such as `workflow.db.before-012`,
 * and returns the path of the copy, which is durable. Throws `database_*`; then there is no copy.
 */
export function backUpBeforeMigration(
  database: Database,
  path: string,
  { ledger, migrations }: TableSet,
): string {
  const number = String(migrations.at(-1)?.number ?? 0).padStart(3, "0");
  const label = /^workflow_(\w+)_migrations$/.exec(ledger.table)?.[1];
  let backup: string | undefined;
  try {
    backup = reserve(`${path}.before-${label === undefined ? "" : `${label}-`}${number}`);
    // One statement copies one state, including what is still in the log.
    database.prepare("VACUUM INTO ?").run(backup);
    syncFile(backup);
    syncFolder(dirname(backup));
    return backup;
  } catch (cause) {
    if (backup !== undefined) rmSync(backup, { force: true });
    const error = toWorkflowError(path, cause);
    if (!(error instanceof WorkflowError)) throw error;
    throw new WorkflowError(
      error.code,
      `The tables of ${path} are of an older version, and the backup that precedes a migration ` +
        `cannot be written: ${error.message} Nothing was changed.`,
      { cause, suggestion: error.suggestion, ...(error.remedy && { remedy: error.remedy }) },
    );
  }
}

function reserve(name: string): string {
  for (let number = 1; ; number += 1) {
    const path = number === 1 ? name : `${name}.${number}`;
    try {
      createPrivate(path);
      return path;
    } catch (error) {
      if (codeOf(error) !== "EEXIST" || number >= MAX_BACKUPS) throw error;
    }
  }
}
