import { IN_MEMORY } from "./database-path.js";
import type { Database } from "./open-database.js";

/** How many damaged pages `findProblems` reports. */
const MAX_PROBLEMS = 20;

/** The SQLite settings of a file. */
export interface FileSettings {
  readonly sqliteVersion: string;
  readonly journalMode: string;
  readonly synchronous: string;
  /**
   * Whether this is a copy in memory: of a file beside which nothing can be written, or of an older
   * version.
   */
  readonly isCopy: boolean;
}

/** Returns the SQLite settings of the file, for display. */
export function describeFile(database: Database, path: string): FileSettings {
  const pragma = (name: string): string => String(database.pragma(name, { simple: true }));
  const sqliteVersion = database.prepare<[], string>("SELECT sqlite_version()").pluck().get() ?? "";
  return {
    sqliteVersion,
    journalMode: pragma("journal_mode"),
    isCopy: database.memory && path !== IN_MEMORY,
    synchronous: ["off", "normal", "full", "extra"][Number(pragma("synchronous"))] ?? "unknown",
  };
}

/**
 * Returns the problems that SQLite finds in pages and indices, 20 at most. Reads the whole file.
 */
export function findProblems(database: Database): readonly string[] {
  const found = database.pragma(`integrity_check(${MAX_PROBLEMS})`) as {
    integrity_check: string;
  }[];
  return found.map(({ integrity_check: line }) => line).filter((line) => line !== "ok");
}
