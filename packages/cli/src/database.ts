import { existsSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import type { StoragePort, StoredRun } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { axw } from "./command.js";
import type { CliIo } from "./io.js";
import { UsageError } from "./UsageError.js";

const DEFAULT_DATABASE = join(".ax", "workflow.db");

export interface DbOptions {
  readonly db?: string;
}

/**
 * The absolute path of the database: `--db`, else AXW_DB, else the default.
 *
 * @throws UsageError `invalid_argument` if the path is a folder
 */
export function databasePath(io: CliIo, options: DbOptions): string {
  const given = options.db ?? (io.env["AXW_DB"] || DEFAULT_DATABASE);
  const path = isAbsolute(given) ? given : join(io.cwd, given);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  throw new UsageError(`${shownPath(io, path)} is a folder, not a database.`, {
    remedy: `Pass the path of a file with --db or AXW_DB. The default is ${DEFAULT_DATABASE}.`,
  });
}

/** Whether the file is still empty. Opening an empty file would create the tables. */
export function isEmpty(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === 0;
}

/** A path as the user would type it in the current folder. */
export function shownPath(io: CliIo, path: string): string {
  const fromHere = relative(io.cwd, path);
  return fromHere === "" || fromHere.startsWith("..") ? path : fromHere;
}

/** Like `shownPath`, for a line of output: without anything that a terminal would interpret. */
export function printedPath(io: CliIo, path: string): string {
  return cleanLine(shownPath(io, path));
}

/**
 * Opens the database for reading. Other processes may use it at the same time.
 *
 * @throws UsageError `run_not_found` if the file does not exist or is empty
 */
export async function openToRead(io: CliIo, options: DbOptions): Promise<StoragePort & Disposable> {
  const path = existingDatabase(io, options);
  if (isEmpty(path)) throw noRuns(`${shownPath(io, path)} is empty: it contains no runs.`);
  const { openSqliteStorage } = await import("@automatosx/workflow/observe");
  const storage = openSqliteStorage({ path, readOnly: true });
  return Object.assign(storage, { [Symbol.dispose]: () => storage.close() });
}

/**
 * Reads a run by its id or part of its id.
 *
 * @throws WorkflowError, UsageError `run_not_found`, `run_ambiguous`
 */
export async function readRun(io: CliIo, id: string, options: DbOptions): Promise<StoredRun> {
  using storage = await openToRead(io, options);
  const { findRun } = await import("@automatosx/workflow/observe");
  return findRun(storage, id);
}

/**
 * Returns the path of the database, which must exist.
 *
 * @throws UsageError `run_not_found` if it does not exist
 */
export function existingDatabase(io: CliIo, options: DbOptions): string {
  const path = databasePath(io, options);
  if (existsSync(path)) return path;
  throw noRuns(`The database ${shownPath(io, path)} does not exist.`);
}

function noRuns(message: string): UsageError {
  return new UsageError(message, {
    code: "run_not_found",
    remedy:
      "Runs are stored below the folder in which they were started: " +
      "change to that folder, or pass the database with --db or AXW_DB.",
    next: axw("run", "FILE"),
  });
}
