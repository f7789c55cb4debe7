import { WorkflowError } from "../../errors.js";
import { ownSchema } from "./migrate.js";
import type { Database } from "./open-database.js";

/**
 * Compares the schema of a migrated database with the one that the migrations create. SQLite does
 * not hash its schema, and a flipped bit in the text of a view changes the result of the view.
 * Throws `database_unusable`.
 */
export function checkSchema(database: Database, path: string): void {
  const actual = readSchema(database);
  for (const [name, sql] of ownSchema()) {
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

// It may also contain tables of other packages, which `checkSchema` ignores.
function readSchema(database: Database): ReadonlyMap<string, string | null> {
  const rows = database
    .prepare<[], { name: string; sql: string | null }>("SELECT name, sql FROM sqlite_schema")
    .all();
  return new Map(rows.map(({ name, sql }) => [name, sql]));
}
