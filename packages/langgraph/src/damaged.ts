import { WorkflowError } from "@automatosx/workflow";

/** For what is stored and does not fit its sha-256, or is named and not there. */
export function damaged(threadId: string, what: string): WorkflowError {
  return new WorkflowError(
    "checkpoint_damaged",
    `The database is damaged: of thread ${JSON.stringify(threadId)}, ${what}.`,
    {
      remedy:
        "Restore the database from a backup, go on from an older checkpoint_id, or delete the thread; what is damaged was not used.",
    },
  );
}
