import { WorkflowError } from "../errors.js";

/** The error for a run whose row fails its checks. `why` is a clause without a full stop. */
export function damagedRun(runId: string, why: string, cause?: unknown): WorkflowError {
  return new WorkflowError(
    "journal_damaged",
    `Run ${runId}: its row is damaged: ${why.replace(/\.$/, "")}.`,
    {
      runId,
      ...(cause !== undefined && { cause }),
      remedy:
        "Restore the database from a backup, or salvage what is intact into a new file. " +
        "Nothing of this run was used.",
    },
  );
}
