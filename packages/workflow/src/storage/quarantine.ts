import type { StoredRun } from "./StoragePort.js";

/** After this many recoveries in a row without a recorded outcome, recovery skips the run. */
const MAX_RECOVERIES = 3;

/**
 * Whether recovery skips this run: every engine that claimed it crashed or failed before an outcome
 * was recorded. The run stays quarantined until a person resumes it.
 */
export function isQuarantined(run: StoredRun): boolean {
  return run.status === "running" && run.failedRecoveries >= MAX_RECOVERIES;
}
