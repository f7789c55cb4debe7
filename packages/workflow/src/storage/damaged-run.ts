import { WorkflowError } from "../errors.js";

/** `why`: a clause, without its full stop. */
export function damagedRun(runId: string, why: string, cause?: unknown): WorkflowError {
  return new WorkflowError(
    "journal_damaged",
    `Run ${runId}: its row is damaged: ${why.replace(/\.$/, "")}.`,
    {
      runId,
      ...(cause !== undefined && { cause }),
      remedy:
        "Restore the database from a backup, or take out what is sound with `axw doctor --salvage NEW.db`; nothing of this run was used.",
    },
  );
}
