import { WorkflowError } from "../errors.js";
import type { StoredRun } from "./stored-rows.js";

/**
 * Creates the error for an operation that would execute, in an engine of this database, a run that
 * another backend executes. `operation` is a verb: `resume`.
 */
export function executedByBackend(
  { runId, backend = "another backend" }: Pick<StoredRun, "runId" | "backend">,
  operation: string,
): WorkflowError {
  return new WorkflowError(
    "run_owned_elsewhere",
    `Cannot ${operation} run ${runId} here: it is executed by ${backend}, and this database has ` +
      "a copy of it.",
    {
      runId,
      remedy:
        "Send the command to that backend. To continue the run in this database instead, cut it " +
        "off from the backend, then adopt it.",
      suggestion: { action: "show_run", runId },
    },
  );
}

/** Creates the error for a run that no backend executes, so that there is nothing to adopt. */
export function notACopy(runId: string): WorkflowError {
  return new WorkflowError(
    "run_not_resumable",
    `Run ${runId} cannot be adopted: it belongs to the engines of this database.`,
    { runId, remedy: "Resume it.", suggestion: { action: "resume_run", runId } },
  );
}

/** Creates the error for a child run that is to be adopted without the run that started it. */
export function adoptedAlone({
  runId,
  parentRunId = "",
}: Pick<StoredRun, "runId" | "parentRunId">): WorkflowError {
  return new WorkflowError(
    "run_owned_elsewhere",
    `Run ${runId} cannot be adopted alone: run ${parentRunId}, which started it, waits for it on ` +
      "its backend.",
    {
      runId,
      remedy: `Adopt ${parentRunId}: its child runs come with it.`,
      suggestion: { action: "show_run", runId: parentRunId },
    },
  );
}

/**
 * Creates the error for a part of a run that contradicts its copy. `why` is a sentence without a
 * full stop.
 */
export function journalDiverged(runId: string, why: string): WorkflowError {
  return new WorkflowError("journal_diverged", `Run ${runId}: ${why}. Nothing was changed.`, {
    runId,
  });
}

/** Creates the error for a part of a run that does not follow the end of its copy. */
export function replicaGap(runId: string, afterSeq: number, end: number): WorkflowError {
  return new WorkflowError(
    "internal",
    `Run ${runId}: a part that follows entry ${afterSeq} cannot be added to a copy that ends ` +
      `with entry ${end}.`,
    { runId, remedy: "Send the parts from the end of the copy on, which `replicate` returns." },
  );
}
