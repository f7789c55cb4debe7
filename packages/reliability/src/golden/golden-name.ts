import { readdirSync } from "node:fs";

const MIGRATIONS = new URL("../../../../migrations/", import.meta.url);

/**
 * The name of the golden database of a version: `0.1.0-012.db.gz` with 012 as its newest migration.
 * The one of migration 011 is `0.1.0.db.gz`.
 */
export function goldenName(version: string): string {
  const files = readdirSync(MIGRATIONS).filter((name) => name.endsWith(".sql"));
  const numbers = files.map((name) => name.slice(0, 3));
  return `${version}-${numbers.toSorted().at(-1) ?? ""}.db.gz`;
}

/** The name of the file with the folds of a golden database (`foldDatabase`), one line each. */
export function foldsName(database: string): string {
  return database.replace(/\.db\.gz$/, ".folds.jsonl");
}
