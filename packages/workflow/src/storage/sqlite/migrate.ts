import { WorkflowError } from "../../errors.js";
import { hasTable } from "./contains-table.js";
import generated from "./migrations.json" with { type: "json" };
import type { Database } from "./open-database.js";

/**
 * The version of the data in the tables: the payloads, and how the hashes are computed. Raise it if
 * an older version would misread the data.
 */
export const STORAGE_FORMAT = 1;

/** One numbered step of the schema, forwards (`up`) and back (`down`), as SQL. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly up: string;
  readonly down: string;
  /** The sha-256, in hex, of `up`. */
  readonly sha256: string;
}

/** The record of applied migrations. Each package with tables in the file has its own. */
export interface Ledger {
  /** The table that contains the record; the first migration creates it. */
  readonly table: string;
  /**
   * The package that owns the migrations, which the user must upgrade if the database is newer.
   */
  readonly owner: string;
}

/** The migrations of one package, and the ledger that records which of them a file has. */
export interface TableSet {
  readonly ledger: Ledger;
  /** In the order in which they are applied. */
  readonly migrations: readonly Migration[];
}

/** The ledger of the workflow tables. */
export const OWN_LEDGER: Ledger = { table: "workflow_migrations", owner: "@automatosx/workflow" };

/** An applied migration. */
export interface LedgerRow {
  readonly number: number;
  readonly sha256: string;
  /** The format of the data; infinite if a newer version did not record it. */
  readonly format: number;
}

/** The migrations of the workflow tables, in order. */
export function ownMigrations(): readonly Migration[] {
  return generated.migrations;
}

/** The `CREATE` text of each table, index and view of the workflow, by name, as SQLite stores it. */
export function ownSchema(): ReadonlyMap<string, string | null> {
  return new Map(generated.schema.map(({ name, sql }) => [name, sql]));
}

// What all migrations together create, in a third of their time. SQLite adds its own tables and
// indices.
function createAll(database: Database): void {
  for (const { name, sql } of generated.schema)
    if (sql !== null && !name.startsWith("sqlite_")) database.exec(sql);
  for (const row of generated.rows) database.exec(row);
}

/**
 * Migrates the database to this version. All missing migrations and their rows in the ledger are
 * one transaction, so a process killed halfway leaves the old schema or the new one. Returns
 * whether the database was not up to date. `assertFree` runs in the transaction, before the first
 * migration. Throws `database_newer`, `database_unusable`, or what `assertFree` throws.
 */
export function migrate(
  database: Database,
  now: number,
  migrations = ownMigrations(),
  ledger = OWN_LEDGER,
  assertFree: () => void = () => undefined,
): boolean {
  if (isUpToDate(database, migrations, ledger)) return false;
  const apply = database.transaction(() => {
    // Another process may have applied some in the meantime, or may be newer.
    isUpToDate(database, migrations, ledger);
    const applied = new Set(readLedger(database, ledger).map(({ number }) => number));
    const missing = migrations.filter(({ number }) => !applied.has(number));
    if (missing.length === 0) return;
    assertFree();
    const isNew = applied.size === 0 && migrations === ownMigrations();
    if (isNew) createAll(database);
    else for (const { up } of missing) database.exec(up);
    // The first migration creates the ledger.
    const insert = database.prepare(
      `INSERT INTO ${ledger.table} (number, name, sha256, format, applied_at)
       VALUES (?, ?, ?, ?, ?)`,
    );
    for (const { number, name, sha256 } of missing)
      insert.run(number, name, sha256, STORAGE_FORMAT, now);
  });
  apply.immediate();
  return true;
}

/** Reverts every migration, newest first, in one transaction. All runs and results are deleted. */
export function migrateDown(
  database: Database,
  migrations = ownMigrations(),
  ledger = OWN_LEDGER,
): void {
  const down = database.transaction(() => {
    isUpToDate(database, migrations, ledger);
    const applied = new Set(readLedger(database, ledger).map(({ number }) => number));
    // All tables are removed, so references between them need not hold in the meantime.
    database.pragma("defer_foreign_keys = ON");
    for (const migration of migrations.toReversed())
      if (applied.has(migration.number)) database.exec(migration.down);
  });
  down.immediate();
}

/**
 * Returns whether every migration is applied. Changes nothing. Throws `database_newer` for a
 * database of a newer version, and `database_unusable` if the text of an applied migration has
 * changed.
 */
export function isUpToDate(
  database: Database,
  migrations = ownMigrations(),
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
      `The database was written by a newer version: ${what} is unknown.`,
      { remedy: `Upgrade ${owner}. The database was not changed.` },
    );
  }
  if (known.sha256 !== applied.sha256) {
    throw new WorkflowError(
      "database_unusable",
      `Migration ${known.name} differs from the one that created this database.`,
      {
        remedy:
          "Use the version that created the database, or start a new database. " +
          "An applied migration must never be edited.",
      },
    );
  }
}

/**
 * Throws `database_unusable` if the tables cannot be created: text in the file is not UTF-8, which
 * a salvage needs, or another program uses a name that the migrations need.
 */
export function assertCanCreate(database: Database, path: string, set: TableSet): void {
  // One snapshot, because another process may create the tables at this moment.
  database.transaction(() => assertNothingTaken(database, path, set)).deferred();
}

function assertNothingTaken(database: Database, path: string, set: TableSet): void {
  if (readLedger(database, set.ledger).length > 0) return;
  const encoding = String(database.pragma("encoding", { simple: true }));
  if (encoding !== "UTF-8")
    throw new WorkflowError(
      "database_unusable",
      `${path} is a database of another program that stores text as ${encoding}, and the tables ` +
        "of this program need UTF-8. Nothing was changed.",
      { remedy: "Use another file." },
    );
  const created = /^CREATE\s+(?:UNIQUE\s+)?(?:TABLE|VIEW|INDEX|TRIGGER)\s+(\w+)/gim;
  const needed = new Set(
    set.migrations.flatMap(({ up }) => [...up.matchAll(created)].map(([, name = ""]) => name)),
  );
  const taken = database
    .prepare<[], { type: string; name: string }>("SELECT type, name FROM sqlite_schema")
    .all()
    .find(({ name }) => needed.has(name.toLowerCase()));
  if (taken === undefined) return;
  throw new WorkflowError(
    "database_unusable",
    `${path} has a ${taken.type} ${taken.name} of another program, and this program needs the ` +
      "name for its own tables. Nothing was changed.",
    { remedy: "Use another file." },
  );
}

/**
 * The applied migrations, in order; empty for a database without the ledger. A table of another
 * program may have its name.
 */
export function readLedger(database: Database, { table }: Ledger): readonly LedgerRow[] {
  if (!hasTable(database, table, ["number", "sha256"])) return [];
  // A newer ledger may have more columns, but always has these. A row without a format is from a
  // newer version.
  return (
    database.prepare(`SELECT * FROM ${table} ORDER BY number`).all() as Partial<LedgerRow>[]
  ).map((row) => ({
    number: Number(row.number),
    sha256: String(row.sha256),
    format: row.format ?? Number.POSITIVE_INFINITY,
  }));
}
