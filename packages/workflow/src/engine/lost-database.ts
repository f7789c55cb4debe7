import type { WorkflowError } from "../errors.js";
import type { StoragePort } from "../storage/StoragePort.js";

/**
 * Returns why the database is no longer where it was opened; undefined if it is, or if the storage
 * cannot say.
 */
export function lostDatabase(
  storage: StoragePort,
  scope: "file" | "all" = "all",
): WorkflowError | undefined {
  try {
    return storage.lost?.(scope);
  } catch {
    // The next commit fails, which reports the error.
    return undefined;
  }
}
