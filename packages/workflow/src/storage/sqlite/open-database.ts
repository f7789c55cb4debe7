import { chmodSync, existsSync, statSync } from "node:fs";
import Database from "better-sqlite3";
import { WorkflowError } from "../../errors.js";
import { codeOf, guard } from "./database-error.js";
import {
  assertNoLog,
  createPrivate,
  IN_MEMORY,
  prepareFolder,
  resolveDatabasePath,
} from "./database-path.js";
import { copyUnwritable, hasLog } from "./memory-copy.js";

export type { Database } from "better-sqlite3";

/** Which database to open, and with which guarantees. */
export interface OpenOptions {
  /** A file, created if it does not exist, or `:memory:`. */
  readonly path: string;
  /**
   * How durable a commit is once it has returned: with `full`, the default, it survives a power
   * cut; with `process`, only the death of the process.
   */
  readonly durability?: "full" | "process";
  /**
   * Opens an existing file without changing it. If nothing can be written beside the file, or its
   * tables are of an older version, what is read is a copy in memory, as of now.
   */
  readonly readOnly?: boolean;
  /** Whether to create the file and the tables if they do not exist. Default true. */
  readonly create?: boolean;
  /** How long a write waits for another process to finish writing, in ms. Default 5,000. */
  readonly busyTimeoutMs?: number;
}

/** The version of Node-API that better-sqlite3 is built against. */
const NODE_API = 10;

/** How long a write waits for another process to finish writing, unless a caller says so, in ms. */
export const BUSY_TIMEOUT_MS = 5000;

/**
 * How many 4 KB pages the log may contain before SQLite moves them into the file: a balance of cost
 * and size.
 */
const CHECKPOINT_PAGES = 2000;

/**
 * The size, in bytes, that the log shrinks to after a burst. SQLite does not shrink it by itself.
 */
const LOG_LIMIT = 16 * 1024 * 1024;

/** Opens the database with the pragmas required for durability and safety. Throws `database_*`. */
export function openDatabase(options: OpenOptions): Database.Database {
  assertNodeApi();
  const path = resolveDatabasePath(options.path);
  const isFile = path !== IN_MEMORY;
  const { readOnly = false, create = true } = options;
  if (isFile && (readOnly || !create)) assertExists(path);
  return guard(path, () => {
    if (readOnly) return openReading(path, options);
    if (isFile) prepareFile(path);
    return connect(path, options, (database) =>
      setWritePragmas(database, options.durability ?? "full", isFile),
    );
  });
}

function connect(
  path: string,
  { readOnly = false, busyTimeoutMs = BUSY_TIMEOUT_MS }: OpenOptions,
  prepare: (database: Database.Database) => void,
): Database.Database {
  const database = new Database(path, { readonly: readOnly, timeout: busyTimeoutMs });
  try {
    setSafetyPragmas(database);
    prepare(database);
  } catch (error) {
    database.close();
    throw error;
  }
  return database;
}

// SQLite reads a database with a log only if it can create an index of the log beside it.
function openReading(path: string, options: OpenOptions): Database.Database {
  try {
    return connect(path, { ...options, readOnly: true }, (database) => {
      touch(database);
      // Has no effect on reading, and shows what a connection that writes uses.
      database.pragma(`synchronous = ${levelOf(options.durability)}`);
    });
  } catch (error) {
    if (!/^SQLITE_(CANTOPEN|READONLY)/.test(codeOf(error))) throw error;
    const copy = copyUnwritable(path);
    if (copy === undefined) throw hasLog(path) ? unreadableLog(path, error) : error;
    try {
      setSafetyPragmas(copy);
      copy.pragma("query_only = ON");
      touch(copy);
    } catch (damage) {
      copy.close();
      throw damage;
    }
    return copy;
  }
}

function touch(database: Database.Database): void {
  database.prepare("SELECT count(*) FROM sqlite_schema").get();
}

function unreadableLog(path: string, cause: unknown): WorkflowError {
  return new WorkflowError(
    "database_unusable",
    `The log ${path}-wal cannot be read, because nothing can be written beside it.`,
    {
      remedy:
        "Copy the database and its -wal to a folder where you can write and open the copy, or " +
        "get write permission for the folder of the database.",
      cause,
    },
  );
}

/**
 * Opens an existing database read-only, before anything changes it. Returns undefined if it is
 * empty or missing.
 */
export function peekDatabase(options: OpenOptions): Database.Database | undefined {
  assertNodeApi();
  const path = resolveDatabasePath(options.path);
  if (path === IN_MEMORY || isEmptyFile(path)) return undefined;
  return connect(path, { ...options, readOnly: true }, () => undefined);
}

/** Returns whether a file is missing or contains nothing. */
export function isEmptyFile(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0;
}

// With an older Node-API version, better-sqlite3 ends the process without a message.
function assertNodeApi(): void {
  if (Number(process.versions.napi) >= NODE_API) return;
  throw new WorkflowError(
    "database_unusable",
    `SQLite does not run on Node ${process.versions.node}.`,
    { remedy: "Use Node 22.14 or newer within version 22, or Node 23.6 or newer." },
  );
}

/** Restricts access to the files of a database to their owner. */
export function restrictFiles(path: string): void {
  if (path === IN_MEMORY) return;
  for (const file of [path, `${path}-wal`, `${path}-shm`])
    if (existsSync(file)) chmodSync(file, 0o600);
}

/** Throws `database_unusable` if the file does not exist. */
export function assertExists(path: string): void {
  if (existsSync(path)) return;
  throw new WorkflowError("database_unusable", `The database ${path} does not exist.`, {
    remedy: "Check the path, or start a run to create the database.",
    suggestion: { action: "start_run" },
  });
}

// Results may be secret. The file is created before SQLite opens it, because SQLite would leave it
// readable for a moment. The log and its index inherit the mode of the file.
function prepareFile(path: string): void {
  assertNoLog(path);
  prepareFolder(path);
  if (!existsSync(path)) createPrivate(path);
}

function setSafetyPragmas(database: Database.Database): void {
  database.pragma("foreign_keys = ON");
  // A foreign schema must not call functions with side effects. SQLite must detect a damaged page
  // instead of following its pointers, and must not read through a memory map, which spreads
  // damage.
  database.pragma("trusted_schema = OFF");
  database.pragma("cell_size_check = ON");
  database.pragma("mmap_size = 0");
  // Temporary tables may also contain secrets and must not be written to a folder that other users
  // can read.
  database.pragma("temp_store = MEMORY");
}

/** The value of `synchronous` for a durability. */
function levelOf(durability: OpenOptions["durability"] = "full"): number {
  return durability === "full" ? 2 : 1;
}

function setWritePragmas(
  database: Database.Database,
  durability: "full" | "process",
  isFile: boolean,
): void {
  database.pragma("secure_delete = ON");
  const mode = database.pragma("journal_mode = WAL", { simple: true });
  if (isFile && mode !== "wal") {
    throw new WorkflowError(
      "database_unusable",
      `The database cannot use a write-ahead log (journal_mode=${String(mode)}).`,
      {
        remedy: "Use a local file system: the log needs shared memory, which network shares lack.",
      },
    );
  }
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.pragma(`journal_size_limit = ${LOG_LIMIT}`);
  const level = levelOf(durability);
  database.pragma(`synchronous = ${level}`);
  // In WAL mode the driver falls back to NORMAL when it first touches the file, but reports FULL
  // until then. So touch the file, set the level again, and only then read it.
  database.prepare("SELECT count(*) FROM sqlite_schema").get();
  database.pragma(`synchronous = ${level}`);
  const actual = database.pragma("synchronous", { simple: true });
  if (isFile && actual !== level) {
    throw new WorkflowError(
      "database_unusable",
      `The database runs at synchronous=${String(actual)}, but durability needs ${level}.`,
      {
        remedy: "Use the version of better-sqlite3 that this package depends on.",
      },
    );
  }
}
