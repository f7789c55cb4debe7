import { readFileSync, statSync } from "node:fs";
import Driver, { type Database } from "better-sqlite3";
import { WorkflowError } from "../../errors.js";

/** The largest database that is copied into memory, in bytes. */
export const MAX_BYTES = 1024 ** 3;

/** How many times to read a file that changes while it is read. */
const MAX_READS = 5;

/** Where the header says whether the database uses a log; 1 means that it does not. */
const WRITE_VERSION = 18;
const READ_VERSION = 19;

/**
 * Returns a copy in memory of a database that SQLite cannot open because nothing can be written
 * beside it. Returns undefined if the log contains data, which only SQLite can read.
 *
 * Reading the file directly would release the locks of another connection in this process; where
 * SQLite cannot create its index, there is no such connection.
 */
export function copyUnwritable(path: string): Database | undefined {
  for (let reads = 0; reads < MAX_READS; reads += 1) {
    if (hasLog(path)) return undefined;
    const before = statSync(path);
    assertFits(path, before.size);
    const bytes = readFileSync(path);
    const after = statSync(path);
    if (before.mtimeMs === after.mtimeMs && before.size === after.size && !hasLog(path))
      return openBytes(bytes);
  }
  return undefined;
}

/** Returns a copy in memory of an open database, as of now, that can be changed. */
export function copyOpen(database: Database, path: string): Database {
  const pages = Number(database.pragma("page_count", { simple: true }));
  assertFits(path, pages * Number(database.pragma("page_size", { simple: true })));
  return openBytes(database.serialize());
}

/** Returns whether a log with content lies beside the database. */
export function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

// A database in memory cannot use a log, so the header must not ask for one.
function openBytes(bytes: Buffer): Database {
  if (bytes.length > READ_VERSION) {
    bytes[WRITE_VERSION] = 1;
    bytes[READ_VERSION] = 1;
  }
  return new Driver(bytes);
}

function assertFits(path: string, bytes: number): void {
  if (bytes <= MAX_BYTES) return;
  throw new WorkflowError(
    "database_unusable",
    `The database ${path} is too large to be read from a copy in memory.`,
    {
      remedy:
        "Start or resume a run in it, which migrates its tables. If nothing can be written there, " +
        "do so in a copy.",
    },
  );
}
