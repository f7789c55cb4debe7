import { existsSync } from "node:fs";
import { checkOptions } from "../checks/check-options.js";
import { path } from "../checks/option-checks.js";
import { WorkflowError } from "../errors.js";
import { guard } from "../storage/sqlite/database-error.js";
import { assertNoLog, IN_MEMORY, resolveDatabasePath } from "../storage/sqlite/database-path.js";

/** Which database to copy, and where to. */
export interface CopyOptions {
  /** The path of an existing database. */
  readonly from: string;
  /** The path of a file that does not exist yet. */
  readonly to: string;
}

/** Throws `invalid_argument` unless both paths are given. */
export function checkCopyOptions(owner: string, options: unknown): void {
  checkOptions<CopyOptions>(owner, options, { from: path, to: path });
  path(options.from, "from");
  path(options.to, "to");
}

/**
 * Returns the path of the new file without symbolic links. Throws `invalid_argument` for a database
 * in memory and for a file that exists, and `database_unusable` if the log of a database lies there.
 */
export function newFilePath(given: string): string {
  const to = resolveDatabasePath(given);
  if (to === IN_MEMORY)
    throw new WorkflowError("invalid_argument", "A copy cannot be a database in memory.", {
      remedy: NEW_FILE,
    });
  assertNew(to);
  guard(to, () => assertNoLog(to));
  return to;
}

/** Throws `invalid_argument` if a file exists at the path. */
export function assertNew(to: string): void {
  if (!existsSync(to)) return;
  throw new WorkflowError("invalid_argument", `${to} already exists, and is not overwritten.`, {
    remedy: NEW_FILE,
  });
}

const NEW_FILE = "Pass the path of a file that does not exist yet.";
