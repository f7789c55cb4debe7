import { hash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { WorkflowError } from "../../errors.js";
import type { Database } from "./open-database.js";

/** Beside `dist` and `src` alike: the build puts the repository's migrations there. */
const FOLDER = new URL("../../../migrations/", import.meta.url);

/** The format of what is written into the tables: payloads, and the recipe of the hashes. Raised when an older version would misread it. */
export const STORAGE_FORMAT = 1;

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly up: string;
  readonly down: string;
  /** sha-256, hex, of `up`. */
  readonly sha256: string;
}

/** Whose migrations these are: ours, or those of a package that keeps tables of its own in the same file. */
export interface Ledger {
  /** The table that holds what was applied; the first migration brings it. */
  readonly table: string;
  /** The package to upgrade when the database is newer. */
  readonly owner: string;
}

export const OWN_LEDGER: Ledger = { table: "workflow_migrations", owner: "@automatosx/workflow" };

interface LedgerRow {
  readonly number: number;
  readonly sha256: string;
  readonly format: number;
}

let read: readonly Migration[] | undefined;

/** The numbered files, in order; read once. */
export function readMigrations(): readonly Migration[] {
  read ??= readFiles();
  return read;
}

function readFiles(): readonly Migration[] {
  const names = readdirSync(FOLDER).filter((name) => /^\d{3}_[a-z0-9_]+\.sql$/.test(name));
  return names.sort().map((name) => {
    const up = readText(name);
    return {
      number: Number(name.slice(0, 3)),
      name,
      up,
      down: readText(name.replace(/\.sql$/, ".down.sql")),
      sha256: hash("sha256", up, "hex"),
    };
  });
}

// A checkout with other line ends is the same migration.
function readText(name: string): string {
  return readFileSync(new URL(name, FOLDER), "utf8").replaceAll("\r\n", "\n");
}

/**
 * Brings the database to this version: each file and its row in the ledger are one transaction, so that a process
 * killed in between leaves the old or the new. True when something was done. `database_newer`, `database_unusable`.
 */
export function migrate(
  database: Database,
  now: number,
  migrations = readMigrations(),
  ledger = OWN_LEDGER,
): boolean {
  if (isUpToDate(database, migrations, ledger)) return false;
  const apply = database.transaction((migration: Migration) => {
    // Another process may have been quicker, or newer.
    isUpToDate(database, migrations, ledger);
    if (readLedger(database, ledger).some(({ number }) => number === migration.number)) return;
    // The first of them brings the ledger.
    database.exec(migration.up);
    database
      .prepare(
        `INSERT INTO ${ledger.table} (number, name, sha256, format, applied_at) VALUES (?, ?, ?, ?, ?)`,
      )
      .run(migration.number, migration.name, migration.sha256, STORAGE_FORMAT, now);
  });
  for (const migration of migrations) apply.immediate(migration);
  return true;
}

/** Takes every migration back, newest first, with all runs and results, in one transaction. */
export function migrateDown(
  database: Database,
  migrations = readMigrations(),
  ledger = OWN_LEDGER,
): void {
  const down = database.transaction(() => {
    isUpToDate(database, migrations, ledger);
    const applied = new Set(readLedger(database, ledger).map(({ number }) => number));
    // Tables are dropped with their rows at once; what refers to what is of no matter then.
    database.pragma("defer_foreign_keys = ON");
    for (const migration of migrations.toReversed())
      if (applied.has(migration.number)) database.exec(migration.down);
  });
  down.immediate();
}

/** Compares without changing anything. False when migrations are to be applied. `database_newer`, `database_unusable`. */
export function isUpToDate(
  database: Database,
  migrations = readMigrations(),
  ledger = OWN_LEDGER,
): boolean {
  const rows = readLedger(database, ledger);
  for (const applied of rows) refuseUnknown(applied, migrations, ledger);
  return migrations.every(({ number }) => rows.some((applied) => applied.number === number));
}

function refuseUnknown(
  applied: LedgerRow,
  migrations: readonly Migration[],
  { owner }: Ledger,
): void {
  const known = migrations.find(({ number }) => number === applied.number);
  if (known === undefined || applied.format > STORAGE_FORMAT) {
    const what = known === undefined ? `migration ${applied.number}` : `format ${applied.format}`;
    throw new WorkflowError(
      "database_newer",
      `The database was written by a newer version: ${what} is not known here.`,
      {
        remedy: `Upgrade ${owner}; the database was not changed.`,
      },
    );
  }
  if (known.sha256 !== applied.sha256) {
    throw new WorkflowError(
      "database_unusable",
      `Migration ${known.name} is not the one that made this database: its text has changed since.`,
      {
        remedy:
          "Use the version that made it, or a new database; a migration that has been applied is never edited.",
      },
    );
  }
}

function readLedger(database: Database, { table }: Ledger): readonly LedgerRow[] {
  const isThere =
    database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !==
    undefined;
  if (!isThere) return [];
  // A newer ledger may have other columns besides; these two are for ever. A missing format is a newer one too.
  return (
    database.prepare(`SELECT * FROM ${table} ORDER BY number`).all() as Partial<LedgerRow>[]
  ).map((row) => ({
    number: Number(row.number),
    sha256: String(row.sha256),
    format: row.format ?? Number.POSITIVE_INFINITY,
  }));
}
