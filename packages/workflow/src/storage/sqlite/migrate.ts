import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { WorkflowError } from "../../errors.js";
import type { Database } from "./open-database.js";

/** Beside `dist` and `src` alike: the build puts the repository's migrations there. */
const FOLDER = new URL("../../../migrations/", import.meta.url);

interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly sha256: string;
}

// Our own ledger: the other phases number their migrations too, and keep their own.
const LEDGER = `CREATE TABLE workflow_migrations (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL CHECK (length(sha256) = 64), applied_at REAL NOT NULL
) STRICT`;

function readMigrations(): Migration[] {
  const names = readdirSync(FOLDER).filter((name) => /^\d{3}_[a-z0-9_]+\.sql$/.test(name));
  return names.sort().map((name) => {
    const sql = readFileSync(new URL(name, FOLDER), "utf8");
    return { number: Number(name.slice(0, 3)), name, sql, sha256: createHash("sha256").update(sql).digest("hex") };
  });
}

/** Brings the database to this version: each file and its row in the ledger are one transaction. `database_newer`. */
export function migrate(database: Database, now: number): void {
  const migrations = readMigrations();
  if (isUpToDate(database, migrations)) return;
  const apply = database.transaction((migration: Migration) => {
    if (!hasLedger(database)) database.exec(LEDGER);
    // Another process may have been quicker.
    if (appliedNumbers(database).has(migration.number)) return;
    database.exec(migration.sql);
    database
      .prepare("INSERT INTO workflow_migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)")
      .run(migration.number, migration.name, migration.sha256, now);
  });
  for (const migration of migrations) apply.immediate(migration);
}

/** Takes every migration back, newest first, with all runs and results. */
export function migrateDown(database: Database): void {
  if (!hasLedger(database)) return;
  isUpToDate(database, readMigrations());
  const down = database.transaction(() => {
    for (const { name } of readMigrations().reverse())
      database.exec(readFileSync(new URL(name.replace(/\.sql$/, ".down.sql"), FOLDER), "utf8"));
    database.exec("DROP TABLE workflow_migrations");
  });
  down.immediate();
}

/** Checks without changing anything; used for read-only openings too. `database_newer`, `database_unusable`. */
export function isUpToDate(database: Database, migrations: readonly Migration[] = readMigrations()): boolean {
  if (!hasLedger(database)) return false;
  const applied = appliedNumbers(database);
  for (const [number, sha256] of applied) {
    const known = migrations.find((migration) => migration.number === number);
    if (known === undefined) {
      throw new WorkflowError("database_newer", `The database was made by a newer version (migration ${number} is not known here).`, {
        remedy: "Upgrade @automatosx/workflow; the database was not changed.",
      });
    }
    if (known.sha256 !== sha256) {
      throw new WorkflowError(
        "database_unusable",
        `Migration ${known.name} is not the one that made this database: its text has changed since.`,
        {
          remedy: "Use the version that made it, or a new database; a migration that has been applied is never edited.",
        },
      );
    }
  }
  return migrations.every((migration) => applied.has(migration.number));
}

function hasLedger(database: Database): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'workflow_migrations'").get() !== undefined;
}

function appliedNumbers(database: Database): Map<number, string> {
  const rows = database.prepare("SELECT number, sha256 FROM workflow_migrations").all() as { number: number; sha256: string }[];
  return new Map(rows.map((row) => [row.number, row.sha256]));
}
