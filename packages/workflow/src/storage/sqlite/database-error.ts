import { WorkflowError, type WorkflowErrorCode } from "../../errors.js";

interface ErrorClass {
  readonly codes: RegExp;
  readonly code: WorkflowErrorCode;
  readonly says: (path: string) => string;
  readonly remedy: string;
}

// Whole classes rather than single codes: a quota, a file size limit and a full disk come as three different ones.
const CLASSES: readonly ErrorClass[] = [
  {
    codes: /^SQLITE_(BUSY|LOCKED)/,
    code: "database_busy",
    says: (path) => `The database ${path} is busy: another process is writing`,
    remedy: "Try again; `axw doctor` shows who holds it.",
  },
  {
    codes: /^(SQLITE_FULL|SQLITE_IOERR_(WRITE|SHMSIZE)|ENOSPC|EDQUOT|EFBIG)$/,
    code: "database_full",
    says: (path) =>
      `The database ${path} cannot grow: the disk, a quota or a limit on file sizes is full`,
    remedy:
      "Make room, then `axw resume` goes on where it stopped. When there is room, look at the disk: it does not take writes.",
  },
  {
    codes: /^SQLITE_(CORRUPT|NOTADB|FORMAT)/,
    code: "database_unusable",
    says: (path) => `${path} is damaged, or is not a database`,
    remedy: "Keep the file with its -wal as they are and restore a backup; or name another file.",
  },
  {
    codes:
      /^(SQLITE_(READONLY|CANTOPEN|PERM|AUTH)|E(ACCES|PERM|ROFS|NOENT|ISDIR|NOTDIR|EXIST|MFILE|NFILE)$)/,
    code: "database_unusable",
    says: (path) => `The database ${path} cannot be opened for this`,
    remedy:
      "See that the file and its folder exist and that you may write to them, and that not too many files are open.",
  },
  {
    codes: /^SQLITE_CONSTRAINT/,
    code: "internal",
    says: (path) => `The database ${path} refused a row that must not be`,
    remedy:
      "This is a mistake in the engine, not in your workflow: please report it with this message. Nothing of the write was kept.",
  },
  {
    codes: /^(SQLITE_|E[A-Z]+$)/,
    code: "database_unusable",
    says: (path) => `The database ${path} cannot be used`,
    remedy: "See that it is on a local disk and that the disk is well; `axw doctor` says more.",
  },
];

// What better-sqlite3 says to whoever comes too late, such as a reader that takes its time over an event.
const CLOSED = "The database connection is not open";

/** Calls `action`; what SQLite or the file system throws becomes a `WorkflowError` with a code and a remedy. */
export function guard<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw toWorkflowError(path, error);
  }
}

export function toWorkflowError(path: string, error: unknown): unknown {
  if (error instanceof WorkflowError) return error;
  if (error instanceof TypeError && error.message === CLOSED)
    return new WorkflowError("engine_closed", `The database ${path} was closed here.`, {
      remedy: "Open it again.",
      cause: error,
    });
  const { code, message } = error as NodeJS.ErrnoException;
  if (typeof code !== "string") return error;
  const found = CLASSES.find(({ codes }) => codes.test(code));
  if (found === undefined) return error;
  return new WorkflowError(found.code, `${found.says(path)}: ${message} (${code}).`, {
    cause: error,
    remedy: found.remedy,
  });
}

/** Is it SQLite that found a page damaged? */
export function isCorrupt(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith("SQLITE_CORRUPT");
}

/** Is it about this row or table, so that others may be read all the same? A table that was hit is not known to SQLite any more. */
export function isUnreadable(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|ERROR|CONSTRAINT|MISMATCH|TOOBIG)/.test(
    String((error as { code?: unknown }).code),
  );
}
