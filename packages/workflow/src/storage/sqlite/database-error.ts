import { type SuggestedAction, WorkflowError, type WorkflowErrorCode } from "../../errors.js";

/** SQLite and file system errors that mean the same to a caller. */
interface ErrorClass {
  readonly codes: RegExp;
  readonly code: WorkflowErrorCode;
  readonly says: (path: string) => string;
  readonly remedy: string;
  /** If absent, the one that the code has by default. */
  readonly action?: SuggestedAction["action"];
}

// Classes rather than single codes: a quota, a file size limit and a full disk each have a
// different code.
const CLASSES: readonly ErrorClass[] = [
  {
    codes: /^SQLITE_(BUSY|LOCKED)/,
    code: "database_busy",
    says: (path) => `The database ${path} is busy: another process is writing`,
    remedy: "Try again. If it stays busy, find the process that holds the database.",
  },
  {
    codes: /^(SQLITE_FULL|SQLITE_IOERR_(WRITE|SHMSIZE)|ENOSPC|EDQUOT|EFBIG)$/,
    code: "database_full",
    says: (path) =>
      `The database ${path} cannot grow: the disk, a quota or a file size limit is full`,
    remedy:
      "Free some space, then resume the run. " +
      "If there is free space, check the disk: writing to it fails.",
  },
  {
    codes: /^SQLITE_(CORRUPT|NOTADB|FORMAT)/,
    code: "database_unusable",
    says: (path) => `${path} is damaged or is not a database`,
    remedy:
      "If it is the database of your runs, keep the file and its -wal unchanged, and restore a " +
      "backup or salvage the intact data into a new file. Otherwise, open another file.",
    action: "verify_database",
  },
  {
    codes: /^E(ACCES|PERM)$/,
    code: "database_unusable",
    says: (path) => `Permission to access the database ${path} or its folder is missing`,
    remedy:
      "Get permission to enter every folder on the path and to write to the folder of the " +
      "database, or use another path.",
  },
  {
    codes: /^E(LOOP|NAMETOOLONG|NOTDIR)$/,
    code: "database_unusable",
    says: (path) => `The path of the database ${path} cannot be followed`,
    remedy:
      "Use a path whose links lead to a file, whose folders are folders, and whose names have " +
      "at most 255 bytes.",
  },
  {
    codes: /^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|E(ROFS|NOENT|EXIST|ISDIR|[MN]FILE))/,
    code: "database_unusable",
    says: (path) => `The database ${path} cannot be opened, or cannot be written`,
    remedy:
      "Check that the file and its folder exist, that you have write permission for both, and " +
      "that the open-file limit has not been reached.",
  },
  {
    codes: /^SQLITE_CONSTRAINT/,
    code: "internal",
    says: (path) => `The database ${path} refused an invalid row`,
    remedy:
      "This is a bug in the engine, not in your workflow: please report it with this message. " +
      "Nothing was written.",
  },
  {
    codes: /^(SQLITE_|E[A-Z]+$)/,
    code: "database_unusable",
    says: (path) => `The database ${path} cannot be used`,
    remedy: "Check that the file is on a local disk and that the disk is healthy.",
  },
];

const DRIVER_REMEDY =
  "In a bundled application, keep better-sqlite3 outside the bundle (external) and install it " +
  "beside the bundle. Otherwise, install the packages again on this machine, with the Node that " +
  "runs them.";

// The message of better-sqlite3 for a call after `close`, such as that of a slow reader of events.
const CLOSED = "The database connection is not open";

/** Calls `action`, and turns SQLite and file system errors into `WorkflowError`s. */
export function guard<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw toWorkflowError(path, error);
  }
}

/**
 * Returns the `WorkflowError` for a SQLite or file system error; returns any other error unchanged.
 */
export function toWorkflowError(path: string, error: unknown): unknown {
  if (error instanceof WorkflowError) return error;
  if (error instanceof TypeError && error.message === CLOSED)
    return new WorkflowError("engine_closed", `The database ${path} is closed.`, {
      remedy: "Open the database again.",
      cause: error,
    });
  if (isUnloadedDriver(error))
    return new WorkflowError(
      "database_unusable",
      `The SQLite driver, better-sqlite3, cannot load its binary: ${firstLine(error.message)}.`,
      { remedy: DRIVER_REMEDY, cause: error },
    );
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") return error;
  const found = CLASSES.find(({ codes }) => codes.test(code));
  if (found === undefined) return error;
  return new WorkflowError(found.code, `${found.says(path)}: ${message} (${code}).`, {
    cause: error,
    remedy: found.remedy,
    ...(found.action !== undefined && { suggestion: { action: found.action } }),
  });
}

// In a bundle, the driver looks for its binary beside the bundle, or has no `__dirname`.
function isUnloadedDriver(error: unknown): error is Error {
  return (
    /^(MODULE_NOT_FOUND|ERR_DLOPEN_FAILED)$/.test(codeOf(error)) ||
    (error instanceof ReferenceError && /\b__(dirname|filename)\b/.test(error.message))
  );
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

/** Returns the code of a SQLite or file system error. */
export function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code);
}

/** Returns whether SQLite found a damaged page. */
export function isCorrupt(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_CORRUPT");
}
