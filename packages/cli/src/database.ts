import { type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import type { StoragePort, StoredRun } from "@automatosx/workflow/observe";
import { fileProblem, pathExists } from "@automatosx/workflow/observe";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import { type BackendOptions, chosenBackend, remoteBackend } from "./backend/chosen-backend.js";
import { foldersAbove, isForeign, surroundingsOf } from "./folders-above.js";
import type { CliIo } from "./io.js";
import { next } from "./next/actions.js";
import type { CodedError } from "./render/error.js";
import { UsageError } from "./UsageError.js";

const FOLDER = ".ax";
const DEFAULT_DATABASE = join(FOLDER, "workflow.db");

/** The flags that say where the runs are. */
export type DbOptions = BackendOptions;

/**
 * The absolute path of the database: the file of `--backend`, `--db` or AXW_BACKEND, else AXW_DB,
 * else the one in the nearest `.ax` folder: that of the current folder, or of one above it. Without
 * any, it is in the current folder. For runs of Restate, it is the database with their copies.
 *
 * @throws UsageError `invalid_argument` if the path is a folder or not a regular file, or if the
 *   runs are not in a file; `database_unusable` if it cannot be followed
 */
export function databasePath(io: CliIo, options: DbOptions): string {
  const backend = chosenBackend(io, options);
  if (backend?.kind === "postgres") throw notInFile(backend.shown);
  const own = backend?.kind === "sqlite" ? backend.path : options.db;
  const given = own ?? (io.env["AXW_DB"] || undefined);
  const path = given === undefined ? nearestDatabase(io, io.cwd) : absolutePath(io, given);
  const found = statOf(io, path);
  if (found === undefined && given === undefined) refuseFileAsFolder(io, dirname(path));
  if (found === undefined || found.isFile()) return path;
  const what = found.isDirectory() ? "a folder, not a database" : "not a regular file";
  throw new UsageError(`${shownPath(io, path)} is ${what}.`, {
    remedy: `Pass the path of a file with --db or AXW_DB. The default is ${DEFAULT_DATABASE}.`,
  });
}

function notInFile(shown: string): UsageError {
  return new UsageError(
    `This command needs a database file, and the runs of ${shown} are in none.`,
    {
      remedy:
        "Use the tools of PostgreSQL: `pg_dump` copies the database, and a replica protects it.",
      next: next("check_backend", "unusable", undefined),
    },
  );
}

// Without this, the database would only be missing.
function refuseFileAsFolder(io: CliIo, folder: string): void {
  const found = statOf(io, folder);
  if (found === undefined || found.isDirectory()) return;
  throw new UsageError(`${shownPath(io, folder)} is not a folder.`, {
    remedy:
      "The runs of a folder are kept in its `.ax` folder: rename the file, " +
      "or pass the path of a database with --db or AXW_DB.",
  });
}

/** The path of the default database for commands that are typed in this folder. */
export function nearestDatabase(io: CliIo, start: string): string {
  const own = join(start, DEFAULT_DATABASE);
  const surroundings = surroundingsOf(io);
  // Even if it cannot be used: an error about it is better than another database.
  if (pathExists(join(start, FOLDER))) return own;
  const found = foldersAbove(start, surroundings).find((folder) => {
    const facts = surroundings.factsOf(join(folder, FOLDER));
    return facts !== undefined && !isForeign(facts, surroundings);
  });
  return found === undefined ? own : join(found, DEFAULT_DATABASE);
}

/** Names the database in use, unless it is the one in the current folder. */
function announceDatabase(io: CliIo, path: string): void {
  if (path === join(io.cwd, DEFAULT_DATABASE)) return;
  io.stderr.line(io.stderr.paint("dim", `database ${printedPath(io, path)}`));
}

/** Names the place of the runs, unless it is the database in the current folder. */
export function announcePlace(io: CliIo, options: DbOptions): void {
  const remote = remoteBackend(io, options);
  if (remote === undefined) announceDatabase(io, databasePath(io, options));
  else io.stderr.line(io.stderr.paint("dim", `backend ${printedPlace(io, options)}`));
}

/** Names the place of the runs if the user did not choose it with a flag. */
export function announceFoundDatabase(io: CliIo, options: DbOptions): void {
  if (options.db === undefined && options.backend === undefined) announcePlace(io, options);
}

/** Where the runs are: the absolute path of the database, or the URL without its password. */
export function placeOfRuns(io: CliIo, options: DbOptions): string {
  return remoteBackend(io, options)?.shown ?? databasePath(io, options);
}

/** Where the runs are, for a line of output. */
export function printedPlace(io: CliIo, options: DbOptions): string {
  const remote = remoteBackend(io, options);
  return remote === undefined
    ? printedPath(io, databasePath(io, options))
    : cleanLine(remote.shown);
}

/** A path that the user typed, resolved against the current folder. */
export function absolutePath(io: CliIo, given: string): string {
  return isAbsolute(given) ? given : join(io.cwd, given);
}

/**
 * Whether there is a file at the path.
 *
 * @throws UsageError `database_unusable` if the path cannot be followed
 */
export function exists(io: CliIo, path: string): boolean {
  return statOf(io, path) !== undefined;
}

/** Whether the file is still empty. Opening an empty file would create the tables. */
export function isEmpty(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === 0;
}

function statOf(io: CliIo, path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    const problem = fileProblem(error);
    if (problem === undefined) throw error;
    throw new UsageError(`The database ${shownPath(io, path)} ${problem.message}.`, {
      code: "database_unusable",
      remedy: `${problem.remedy} Or pass another path with --db or AXW_DB.`,
      next: next("inspect_database", "unusable", undefined),
    });
  }
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
 * Opens the database for reading. Other processes may use it at the same time. The runs of Restate
 * are copied first, and for as long as the storage is open.
 *
 * @throws UsageError `run_not_found` if the file does not exist or is empty
 */
export async function openToRead(io: CliIo, options: DbOptions): Promise<StoragePort & Disposable> {
  const remote = remoteBackend(io, options);
  if (remote !== undefined) {
    const { openRemoteToRead } = await import("./backend/open-remote.js");
    return withRuns(remote.shown, () => openRemoteToRead(io, options, remote));
  }
  const path = existingDatabase(io, options);
  if (isEmpty(path)) throw emptyDatabase(io, path);
  const { openSqliteStorage } = await import("@automatosx/workflow/observe");
  const storage = await withTables(io, path, () => openSqliteStorage({ path, readOnly: true }));
  return Object.assign(storage, { [Symbol.dispose]: () => storage.close() });
}

/**
 * Calls `open`. If the file belongs to another program, throws that it contains no runs.
 *
 * @throws UsageError `run_not_found`
 */
export async function withTables<T>(
  io: CliIo,
  path: string,
  open: () => T | Promise<T>,
): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!hasNoTables(error)) throw error;
    throw noRuns(
      `${shownPath(io, path)} contains no runs: it is a database of another program. ` +
        "It was not changed.",
    );
  }
}

/**
 * Calls `open`. If the backend has no tables yet, throws that it contains no runs.
 *
 * @throws UsageError `run_not_found`
 */
async function withRuns<T>(shown: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (!hasNoTables(error)) throw error;
    throw new UsageError(`${cleanLine(shown)} contains no runs yet.`, {
      code: "run_not_found",
      remedy: "Check the URL, or start a run there.",
      next: next("start_run", "no_database", { file: "FILE" }),
    });
  }
}

/** Whether an error says that the database does not have the tables of the runs. */
export function hasNoTables(error: unknown): boolean {
  const { code, suggestion } = error as Partial<CodedError>;
  return code === "database_unusable" && suggestion?.action === "start_run";
}

function emptyDatabase(io: CliIo, path: string): UsageError {
  return noRuns(`${shownPath(io, path)} is empty: it contains no runs.`);
}

/**
 * Reads a run by its id or part of its id, for a command that changes it.
 *
 * @throws WorkflowError, UsageError `run_not_found`, `run_ambiguous`
 */
export async function readRun(io: CliIo, id: string, options: DbOptions): Promise<StoredRun> {
  announceFoundDatabase(io, options);
  using storage = await openToRead(io, options);
  const { findRun } = await import("./find-run.js");
  return findRun(storage, id);
}

/**
 * Reads the run with this exact id. Undefined if there is none, or if it cannot be read, which the
 * command that needs it then reports.
 */
export async function readRunOrNone(
  io: CliIo,
  runId: string,
  options: DbOptions,
): Promise<StoredRun | undefined> {
  try {
    using storage = await openToRead(io, options);
    return storage.getRun(runId);
  } catch {
    return undefined;
  }
}

/**
 * Returns the path of the database, which must exist.
 *
 * @throws UsageError `run_not_found` if it does not exist
 */
export function existingDatabase(io: CliIo, options: DbOptions): string {
  const path = databasePath(io, options);
  if (exists(io, path)) return path;
  throw noRuns(`The database ${shownPath(io, path)} does not exist.`);
}

function noRuns(message: string): UsageError {
  return new UsageError(message, {
    code: "run_not_found",
    remedy:
      "The runs of a folder are in its `.ax` folder, or in that of a folder above: " +
      "change to the folder of the run, or pass the database with --db or AXW_DB.",
    next: next("start_run", "no_database", { file: "FILE" }),
  });
}
