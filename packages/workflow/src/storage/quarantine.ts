import type { StoredRun } from "./StoragePort.js";

/** How often a run may be taken up in a row without recording an outcome, before it is left alone. */
const MAX_RECOVERIES = 3;

/** Did a run bring down, or refuse, every engine that took it up? Then it waits for a person. */
export function isQuarantined(run: StoredRun): boolean {
  return run.status === "running" && run.failedRecoveries >= MAX_RECOVERIES;
}
