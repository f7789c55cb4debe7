import type { StoredRun } from "./StoragePort.js";

/** After this many recoveries in a row without a recorded outcome, recovery skips the run. */
const MAX_RECOVERIES = 3;

/**
 * Returns whether recovery skips this run, because every engine that claimed it crashed or failed
 * before it recorded an outcome. The run stays quarantined until a user resumes it.
 */
export function isQuarantined(run: StoredRun): boolean {
  return run.status === "running" && run.failedRecoveries >= MAX_RECOVERIES;
}
