import { WorkflowError } from "../errors.js";

/**
 * Creates the error for a run whose row fails its checks. `why` is a clause without a full stop.
 */
export function damagedRun(runId: string, why: string, cause?: unknown): WorkflowError {
  return new WorkflowError(
    "journal_damaged",
    `Run ${runId}: its row is damaged: ${why.replace(/\.$/, "")}.`,
    {
      runId,
      ...(cause !== undefined && { cause }),
      remedy:
        "Restore the database from a backup, or salvage the intact data into a new file. " +
        "No data from this run was used.",
    },
  );
}
