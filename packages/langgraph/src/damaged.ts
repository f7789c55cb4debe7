import { WorkflowError } from "@automatosx/workflow";

/**
 * Returns the error for a row that is missing or does not match its sha-256. `what` is a clause
 * without a full stop.
 */
export function damaged(threadId: string, what: string): WorkflowError {
  return new WorkflowError(
    "checkpoint_damaged",
    `Thread ${JSON.stringify(threadId)} is damaged: ${what}.`,
    {
      remedy:
        "Restore the database from a backup, continue from an older checkpoint_id, " +
        "or delete the thread. No damaged data was used.",
      suggestion: { action: "inspect_database" },
    },
  );
}
