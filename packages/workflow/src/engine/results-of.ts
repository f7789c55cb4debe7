import { WorkflowError } from "../errors.js";
import type { RunEnding } from "./RunEnding.js";

/** Returns the results of a run that is completed; throws the error for any other ending. */
export function resultsOf({ runId, status, error, errorCode, results }: RunEnding): typeof results {
  if (status === "completed") return results;
  if (errorCode === "database_unusable")
    throw new WorkflowError(errorCode, `Run ${runId} was stopped. ${error ?? ""}`, {
      runId,
      suggestion: { action: "inspect_database" },
    });
  const why = error === undefined ? "" : `: ${error}`;
  throw new WorkflowError(`run_${status}`, `Run ${runId} is ${status}${why}.`, {
    runId,
    remedy:
      status === "cancelled"
        ? "Start the workflow again."
        : `\`engine.resume("${runId}")\` continues the run where it stopped.`,
  });
}
