import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import Database from "better-sqlite3";
import { WorkflowError } from "../../errors.js";

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

const IN_MEMORY = ":memory:";

/** Opens the file with every pragma that the promises of this package need. `database_*`. */
export function openDatabase(options: OpenOptions): Database.Database {
  const { path, readOnly = false } = options;
  if (readOnly && path !== IN_MEMORY && !existsSync(path)) {
    throw new WorkflowError("database_unusable", `There is no database ${path}.`, {
      remedy: "Run a workflow first, or say where it is with --db or AXW_DB.",
    });
  }
  return guard(path, () => {
    if (path !== IN_MEMORY && !readOnly) prepareFile(path);
    const database = new Database(path, { readonly: readOnly, timeout: options.busyTimeoutMs ?? 5000 });
    try {
      setPragmas(database, options);
      if (path !== IN_MEMORY && !readOnly) restrictFiles(path);
    } catch (error) {
      database.close();
      throw error;
    }
    return database;
  });
}

function prepareFile(path: string): void {
  const folder = dirname(resolve(path));
  // Results may be secret: the folder is for its owner alone where we make it.
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 });
}

function restrictFiles(path: string): void {
  for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600);
}

function setPragmas(database: Database.Database, { durability = "full", readOnly = false, path }: OpenOptions): void {
  database.pragma("foreign_keys = ON");
  // A schema from elsewhere must not call functions, and the file must not be read through a mapping that amplifies damage.
  database.pragma("trusted_schema = OFF");
  database.pragma("mmap_size = 0");
  if (readOnly) return;
  database.pragma("secure_delete = ON");
  database.pragma("journal_mode = WAL");
  // Keeps the log small after a burst; SQLite never shrinks it by itself.
  database.pragma("journal_size_limit = 16777216");
  const level = durability === "full" ? 2 : 1;
  database.pragma(`synchronous = ${level}`);
  // In WAL the driver falls back to NORMAL at the first touch of the file: only what is read after that is true.
  database.prepare("SELECT count(*) FROM sqlite_schema").get();
  database.pragma(`synchronous = ${level}`);
  const actual = database.pragma("synchronous", { simple: true });
  if (path !== IN_MEMORY && actual !== level) {
    throw new WorkflowError("database_unusable", `The database runs at synchronous=${String(actual)} where ${level} is promised.`, {
      remedy: "Use a local file system.",
    });
  }
}

/** Calls `action`; what SQLite throws becomes a `WorkflowError` with a code and a remedy. */
export function guard<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw toWorkflowError(path, error);
  }
}

function toWorkflowError(path: string, error: unknown): unknown {
  if (error instanceof WorkflowError) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new WorkflowError("database_busy", `The database ${path} is busy: another process is writing.`, {
      cause: error,
      remedy: "Try again; `axw doctor` shows who holds it.",
    });
  }
  if (/^SQLITE_FULL|^ENOSPC|^EDQUOT/.test(code)) {
    return new WorkflowError("database_full", `The disk is full: ${path} cannot grow.`, {
      cause: error,
      remedy: "Make room, then `axw resume` goes on where it stopped.",
    });
  }
  const isOurs = code.startsWith("SQLITE_") || /^E[A-Z]+$/.test(code);
  if (!isOurs) return error;
  return new WorkflowError("database_unusable", `The database ${path} cannot be used: ${message} (${code}).`, {
    cause: error,
    remedy: "See that it is a file of this engine on a local disk that you may write to; `axw doctor` says more.",
  });
}
