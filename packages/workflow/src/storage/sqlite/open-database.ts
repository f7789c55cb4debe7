import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { WorkflowError } from "../../errors.js";
import { guard } from "./database-error.js";

export type { Database } from "better-sqlite3";

export interface OpenOptions {
  /** A file, made when it is missing, or `:memory:`. */
  readonly path: string;
  /** `full`: on disk when a commit returns, power loss or not. `process`: survives only the death of the process. */
  readonly durability?: "full" | "process";
  /** For looking on: the file must be there, and nothing is changed. */
  readonly readOnly?: boolean;
  /** How long a write waits for another process's, in ms. Default 5,000. */
  readonly busyTimeoutMs?: number;
}

/** The version of Node-API that better-sqlite3 is built for. */
const NODE_API = 10;

const IN_MEMORY = ":memory:";
const BUSY_TIMEOUT_MS = 5000;

/** Pages of 4 KB in the log before they are moved into the file: seldom enough to cost little, often enough to stay small. */
const CHECKPOINT_PAGES = 2000;

/** What is left of the log after a burst, in bytes; SQLite never shrinks it by itself. */
const LOG_LIMIT = 16 * 1024 * 1024;

/** Opens the file with every pragma that the promises of this package need. `database_*`. */
export function openDatabase(options: OpenOptions): Database.Database {
  mustHaveNodeApi();
  const { path, readOnly = false, busyTimeoutMs = BUSY_TIMEOUT_MS } = options;
  const isFile = path !== IN_MEMORY;
  if (isFile && readOnly) mustExist(path);
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

/** Opens what is there to look at it before anything is changed; undefined when there is nothing to see yet. */
export function peekDatabase({
  path,
  busyTimeoutMs = BUSY_TIMEOUT_MS,
}: OpenOptions): Database.Database | undefined {
  mustHaveNodeApi();
  if (path === IN_MEMORY || (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0)
    return undefined;
  const database = new Database(path, { readonly: true, timeout: busyTimeoutMs });
  setSafetyPragmas(database);
  return database;
}

// On less, better-sqlite3 takes the process down without a word.
function mustHaveNodeApi(): void {
  if (Number(process.versions.napi) >= NODE_API) return;
  throw new WorkflowError(
    "database_unusable",
    `SQLite cannot be used on Node ${process.versions.node}.`,
    {
      remedy: "Take Node 22.14 or newer, of the 23s 23.6.",
    },
  );
}

/** Takes the rights of others away from the files of a database. */
export function restrictFiles(path: string): void {
  if (path === IN_MEMORY) return;
  for (const file of [path, `${path}-wal`, `${path}-shm`])
    if (existsSync(file)) chmodSync(file, 0o600);
}

function mustExist(path: string): void {
  if (existsSync(path)) return;
  throw new WorkflowError("database_unusable", `There is no database ${path}.`, {
    remedy: "Run a workflow first, or say where it is with --db or AXW_DB.",
  });
}

// Results may be secret: folder and file are for their owner alone where we make them. The file is made before SQLite
// opens it, which would leave it readable for a moment; the log and its index take their rights from it.
function prepareFile(path: string): void {
  const folder = dirname(resolve(path));
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
}

function setSafetyPragmas(database: Database.Database): void {
  database.pragma("foreign_keys = ON");
  // A schema from elsewhere must not call functions that act; a damaged page must be noticed rather than followed, and the
  // file not be read through a mapping that spreads damage.
  database.pragma("trusted_schema = OFF");
  database.pragma("cell_size_check = ON");
  database.pragma("mmap_size = 0");
  // What is sorted on the side may be secret too, and must not reach a folder for all.
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
      `The database cannot be written ahead (journal_mode=${String(mode)}).`,
      {
        remedy: "Use a local file system; network shares lack what this needs.",
      },
    );
  }
  database.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.pragma(`journal_size_limit = ${LOG_LIMIT}`);
  const level = durability === "full" ? 2 : 1;
  database.pragma(`synchronous = ${level}`);
  // In WAL the driver falls back to NORMAL at the first touch of the file, and reads FULL until then: only what is
  // read after that is true.
  database.prepare("SELECT count(*) FROM sqlite_schema").get();
  database.pragma(`synchronous = ${level}`);
  const actual = database.pragma("synchronous", { simple: true });
  if (isFile && actual !== level) {
    throw new WorkflowError(
      "database_unusable",
      `The database runs at synchronous=${String(actual)} where ${level} is promised.`,
      {
        remedy: "Use a local file system and the better-sqlite3 that this package asks for.",
      },
    );
  }
}
