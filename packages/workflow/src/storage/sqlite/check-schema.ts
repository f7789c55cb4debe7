import Driver from "better-sqlite3";
import { WorkflowError } from "../../errors.js";
import { type Migration, readMigrations } from "./migrate.js";
import type { Database } from "./open-database.js";

/** The `CREATE` text of each table, index and view, by name, as SQLite stores it. */
type Schema = ReadonlyMap<string, string | null>;

let expected: Schema | undefined;

/**
 * Compares the schema of a migrated database with the one that the migrations create. SQLite does
 * not hash its schema, and a flipped bit in the text of a view changes the result of the view.
 * Throws `database_unusable`.
 */
export function checkSchema(database: Database, path: string): void {
  expected ??= schemaOf(readMigrations());
  const actual = readSchema(database);
  for (const [name, sql] of expected) {
    if (actual.get(name) === sql) continue;
    const what = actual.has(name) ? "differs from its migration" : "is missing";
    throw new WorkflowError(
      "database_unusable",
      `The schema of ${path} is damaged: ${name} ${what}.`,
      {
        remedy:
          "Keep the file unchanged and restore a backup, or salvage the intact data into a " +
          "new file.",
        suggestion: { action: "salvage_database" },
      },
    );
  }
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

// It may also contain tables of other packages, which `checkSchema` ignores.
function readSchema(database: Database): Schema {
  const rows = database
    .prepare<[], { name: string; sql: string | null }>("SELECT name, sql FROM sqlite_schema")
    .all();
  return new Map(rows.map(({ name, sql }) => [name, sql]));
}
