import { WorkflowError } from "../errors.js";

/** Creates the error for a run that retention removed while its journal was being read. */
export function removedWhileRead(runId: string): WorkflowError {
  return new WorkflowError("run_not_found", `Run ${runId} was removed while it was being read.`, {
    runId,
  });
}

/** Creates the error for a bad entry. `why` is a clause without a full stop. */
export function damagedJournal(
  runId: string,
  seq: number,
  lastGood: number,
  why: string,
): WorkflowError {
  return new WorkflowError(
    "journal_damaged",
    `Run ${runId}: the journal is damaged at entry ${seq}: ${why}. ` +
      `The last good entry is ${lastGood}.`,
    {
      runId,
      remedy:
        "Restore the database from a backup, or salvage the intact data into a new file. " +
        "No data from this run was used.",
    },
  );
}

/** Creates the error for an entry that does not follow the last one of its run: a defect. */
export function brokenOrder(
  runId: string,
  entry: { readonly runId: string; readonly seq: number },
  last: number,
): WorkflowError {
  return new WorkflowError(
    "internal",
    `Run ${runId}: entry ${entry.seq} of run ${entry.runId} does not follow ${last}.`,
    { runId },
  );
}
