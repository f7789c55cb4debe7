import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { WorkflowError } from "../../errors.js";
import { guard } from "./database-error.js";

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
  /** Opens an existing file without changing it. */
  readonly readOnly?: boolean;
  /** How long a write waits for another process to finish writing, in ms. Default 5,000. */
  readonly busyTimeoutMs?: number;
}

/** The version of Node-API that better-sqlite3 is built against. */
const NODE_API = 10;

const IN_MEMORY = ":memory:";
const BUSY_TIMEOUT_MS = 5000;

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
  const { path, readOnly = false, busyTimeoutMs = BUSY_TIMEOUT_MS } = options;
  const isFile = path !== IN_MEMORY;
  if (isFile && readOnly) assertExists(path);
  return guard(path, () => {
    if (isFile && !readOnly) prepareFile(path);
    const database = new Database(path, { readonly: readOnly, timeout: busyTimeoutMs });
    try {
      setSafetyPragmas(database);
      if (!readOnly) setWritePragmas(database, options.durability ?? "full", isFile);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}

/**
 * Opens an existing database read-only, before anything changes it. Returns undefined if it is
 * empty or missing.
 */
export function peekDatabase({
  path,
  busyTimeoutMs = BUSY_TIMEOUT_MS,
}: OpenOptions): Database.Database | undefined {
  assertNodeApi();
  if (path === IN_MEMORY || (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0)
    return undefined;
  const database = new Database(path, { readonly: true, timeout: busyTimeoutMs });
  setSafetyPragmas(database);
  return database;
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

function assertExists(path: string): void {
  if (existsSync(path)) return;
  throw new WorkflowError("database_unusable", `The database ${path} does not exist.`, {
    remedy: "Check the path, or start a run to create the database.",
    suggestion: { action: "start_run" },
  });
}

// Results may be secret, so a folder or file created here is accessible only to its owner. The file
// is created before SQLite opens it, because SQLite would leave it readable for a moment. The log
// and its index inherit the mode of the file.
function prepareFile(path: string): void {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
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
  const level = durability === "full" ? 2 : 1;
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
