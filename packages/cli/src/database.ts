import { existsSync, statSync } from "node:fs";
import { isAbsolute, join, relative } from "node:path";
import { isGeneratedRunId, type StoragePort, type StoredRun } from "@automatosx/workflow/observe";
import type { CliIo } from "./io.js";
import { UsageError } from "./UsageError.js";

const DEFAULT_DATABASE = join(".ax", "workflow.db");

export interface DbOptions {
  readonly db?: string;
}

/** The path of the database: `--db`, else AXW_DB, else the default; absolute. `invalid_argument` when a folder is there. */
export function databasePath(io: CliIo, options: DbOptions): string {
  const given = options.db ?? (io.env["AXW_DB"] || DEFAULT_DATABASE);
  const path = isAbsolute(given) ? given : join(io.cwd, given);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  throw new UsageError(`${shownPath(io, path)} is a folder, and no database.`, {
    remedy: `Name the file itself with --db or AXW_DB; \`axw run\` keeps runs in ${DEFAULT_DATABASE}.`,
  });
}

/** Has nothing been written to this file yet? To open it would bring the tables into it. */
export function isEmpty(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === 0;
}

/** A path as a person in the current folder would write it. */
export function shownPath(io: CliIo, path: string): string {
  const fromHere = relative(io.cwd, path);
  return fromHere === "" || fromHere.startsWith("..") ? path : fromHere;
}

/** Opens the database to look at, which may be in use by others. `run_not_found` when there is none yet, or nothing in it. */
export async function openToRead(io: CliIo, options: DbOptions): Promise<StoragePort & Disposable> {
  const path = mustExist(io, options);
  if (isEmpty(path)) throw nothingIn(`${shownPath(io, path)} is empty, so there is no run in it.`);
  const { openSqliteStorage } = await import("@automatosx/workflow/observe");
  const storage = openSqliteStorage({ path, readOnly: true });
  return Object.assign(storage, { [Symbol.dispose]: () => storage.close() });
}

/** The path of a database that is there. `run_not_found` when there is none yet. */
export function mustExist(io: CliIo, options: DbOptions): string {
  const path = databasePath(io, options);
  if (existsSync(path)) return path;
  throw nothingIn(`There is no database at ${shownPath(io, path)}, so there is no run in it.`);
}

function nothingIn(message: string): UsageError {
  return new UsageError(message, {
    code: "run_not_found",
    remedy:
      "Runs are kept below the folder in which `axw run` was typed; go there, or name the database with --db or AXW_DB.",
    next: "axw run FILE",
  });
}

/** The run with this id or with this part of one; when several have it, the one that ends with it. */
export function findRun(storage: StoragePort, part: string): StoredRun {
  const exact = storage.getRun(part);
  if (exact !== undefined) return exact;
  // A name that somebody chose is often the beginning of another.
  const found = storage.findRuns(part).filter(({ runId }) => isGeneratedRunId(runId));
  const ending = found.filter((run) => run.runId.endsWith(part));
  const [one, ...others] = ending.length > 0 ? ending : found;
  if (one === undefined) {
    throw new UsageError(`There is no run \`${part}\`.`, {
      code: "run_not_found",
      remedy: "Any unique part of an id will do.",
      next: "axw list",
    });
  }
  if (others.length === 0) return one;
  const ids = [one, ...others].map((run) => run.runId).join(", ");
  throw new UsageError(`\`${part}\` is part of several run ids: ${ids}.`, {
    code: "run_ambiguous",
    remedy: "Give more of the id.",
    next: "axw list",
  });
}
