import { dirname, resolve } from "node:path";
import type { StorageSize } from "../StoragePort.js";
import type { Database } from "./open-database.js";

/** The value of `auto_vacuum` for a file whose free pages can be released one by one. */
const INCREMENTAL = 2;

const number = (database: Database, pragma: string): number =>
  Number(database.pragma(pragma, { simple: true }));

/** The size of the database, without its log. */
export function sizeOf(database: Database): StorageSize {
  const pageBytes = number(database, "page_size");
  const pages = number(database, "page_count");
  return {
    fileBytes: pages * pageBytes,
    usedBytes: (pages - number(database, "freelist_count")) * pageBytes,
  };
}

/**
 * Releases at most `most` free pages to the file system, and returns how many. Always 0 for a file
 * that was not created with `auto_vacuum = INCREMENTAL`.
 */
export function releasePages(database: Database, most: number): number {
  const free = number(database, "freelist_count");
  if (free === 0 || number(database, "auto_vacuum") !== INCREMENTAL) return 0;
  database.pragma(`incremental_vacuum(${Math.min(free, Math.max(1, Math.floor(most)))})`);
  return free - number(database, "freelist_count");
}

/**
 * Rewrites the file without its free pages, and empties the log. SQLite's temporary copy is created
 * in the file's folder, which only its owner can read.
 */
export function vacuum(database: Database, path: string): void {
  const before = process.env["SQLITE_TMPDIR"];
  process.env["SQLITE_TMPDIR"] = dirname(resolve(path));
  // Other temporary data stays in memory, where the copy might not fit.
  database.pragma("temp_store = FILE");
  try {
    database.exec("VACUUM");
    database.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    database.pragma("temp_store = MEMORY");
    if (before === undefined) delete process.env["SQLITE_TMPDIR"];
    else process.env["SQLITE_TMPDIR"] = before;
  }
}
