import Driver from "better-sqlite3";
import { WorkflowError } from "../../errors.js";
import { type Migration, readMigrations } from "./migrate.js";
import type { Database } from "./open-database.js";

/** What SQLite keeps of each table, index and view: the text that made it, by name. */
type Schema = ReadonlyMap<string, string | null>;

let expected: Schema | undefined;

/**
 * Holds the tables, indexes and views of a database that is up to date against those that the migrations make. A flipped
 * bit in the text of a view changes what it says, and SQLite has no hash of it. `database_unusable`.
 */
export function checkSchema(database: Database, path: string): void {
  expected ??= schemaOf(readMigrations());
  const actual = readSchema(database);
  for (const [name, sql] of expected) {
    if (actual.get(name) === sql) continue;
    const what = actual.has(name) ? "is not as its migration made it" : "is missing";
    throw new WorkflowError(
      "database_unusable",
      `The schema of ${path} is damaged: ${name} ${what}.`,
      {
        remedy:
          "Keep the file as it is and restore a backup, or take out what is sound: `axw doctor --salvage NEW.db`.",
      },
    );
  }
}

/** Puts the texts of tables, indexes and views right where they were hit, in a copy whose schema may be written. */
export function repairSchema(database: Database): void {
  expected ??= schemaOf(readMigrations());
  const mend = database.prepare<[string, string, string]>(
    "UPDATE sqlite_schema SET sql = ? WHERE name = ? AND sql IS NOT ?",
  );
  let mended = 0;
  for (const [name, sql] of expected) if (sql !== null) mended += mend.run(sql, name, sql).changes;
  if (mended === 0) return;
  // SQLite reads the schema anew.
  database.pragma("writable_schema = RESET");
  database.pragma("writable_schema = ON");
}

/** Tables that no migration of ours makes: of other packages, or of earlier phases. */
export function otherTables(database: Database): string[] {
  expected ??= schemaOf(readMigrations());
  const tables = database
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all();
  return tables.filter((name) => !expected?.has(name) && !name.startsWith("sqlite_"));
}

function schemaOf(migrations: readonly Migration[]): Schema {
  const fresh = new Driver(":memory:");
  try {
    for (const { up } of migrations) fresh.exec(up);
    return readSchema(fresh);
  } finally {
    fresh.close();
  }
}

// Other phases may keep tables in the same file; they are not asked about.
function readSchema(database: Database): Schema {
  const rows = database
    .prepare<[], { name: string; sql: string | null }>("SELECT name, sql FROM sqlite_schema")
    .all();
  return new Map(rows.map(({ name, sql }) => [name, sql]));
}
