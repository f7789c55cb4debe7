import { WorkflowError } from "@automatosx/workflow";

/**
 * The error for a row that does not match its sha-256 or is missing. `what` is a clause without a
 * full stop.
 */
export function damaged(threadId: string, what: string): WorkflowError {
  return new WorkflowError(
    "checkpoint_damaged",
    `Thread ${JSON.stringify(threadId)} is damaged: ${what}.`,
    {
      remedy:
        "Restore the database from a backup, continue from an older checkpoint_id, " +
        "or delete the thread. Nothing damaged was used.",
      suggestion: { action: "inspect_database" },
    },
  );
}
