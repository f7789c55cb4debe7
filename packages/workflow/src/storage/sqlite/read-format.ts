import { path as pathCheck } from "../../checks/option-checks.js";
import { guard } from "./database-error.js";
import { resolveDatabasePath } from "./database-path.js";
import { OWN_LEDGER, ownMigrations, readLedger, STORAGE_FORMAT } from "./migrate.js";
import { openAsIs } from "./open-migrated.js";

/** Which version of the tables and data a database has, and which of them this version knows. */
export interface DatabaseFormat {
  /** The newest format of the data; undefined if the database does not say. */
  readonly format: number | undefined;
  /** The numbers of the applied migrations, in order. */
  readonly migrations: readonly number[];
  /** The newest format that this version reads. */
  readonly knownFormat: number;
  /** The numbers of the migrations that this version knows, in order. */
  readonly known: readonly number[];
}

/**
 * Reads the format of a database of any version, also a newer one, without changing it. Throws
 * `database_*`.
 */
export function readFormat(path: string): DatabaseFormat {
  pathCheck(path, "The path of the database");
  const migrations = ownMigrations();
  const database = openAsIs({ path }, { ledger: OWN_LEDGER, migrations });
  try {
    return guard(resolveDatabasePath(path), () => {
      const rows = readLedger(database, OWN_LEDGER);
      const format = Math.max(...rows.map((row) => row.format));
      return {
        format: Number.isFinite(format) ? format : undefined,
        migrations: rows.map(({ number }) => number),
        knownFormat: STORAGE_FORMAT,
        known: migrations.map(({ number }) => number),
      };
    });
  } finally {
    database.close();
  }
}
