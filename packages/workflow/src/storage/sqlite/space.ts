import { dirname, resolve } from "node:path";
import type { StorageSize } from "../StoragePort.js";
import type { Database } from "./open-database.js";

/** What `auto_vacuum` says of a file whose free pages can be given back one by one. */
const INCREMENTAL = 2;

const number = (database: Database, pragma: string): number =>
  Number(database.pragma(pragma, { simple: true }));

export function sizeOf(database: Database): StorageSize {
  const pageBytes = number(database, "page_size");
  const pages = number(database, "page_count");
  return {
    fileBytes: pages * pageBytes,
    usedBytes: (pages - number(database, "freelist_count")) * pageBytes,
  };
}

/** Gives free pages at the end of the file back to the disk: only a file that was made for it has these. Gives their number. */
export function releasePages(database: Database, most: number): number {
  const free = number(database, "freelist_count");
  if (free === 0 || number(database, "auto_vacuum") !== INCREMENTAL) return 0;
  database.pragma(`incremental_vacuum(${Math.min(free, Math.max(1, Math.floor(most)))})`);
  return free - number(database, "freelist_count");
}

/** Writes the file anew without its free pages, and empties the log. The copy in between is beside it, for no one else to read. */
export function vacuum(database: Database, path: string): void {
  const before = process.env["SQLITE_TMPDIR"];
  process.env["SQLITE_TMPDIR"] = dirname(resolve(path));
  // In memory, as all else that is put aside, the copy might not fit.
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
