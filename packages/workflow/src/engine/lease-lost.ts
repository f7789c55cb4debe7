import { WorkflowError } from "../errors.js";

/** The error of an engine that is no longer the owner of a run. */
export function leaseLost(runId: string): WorkflowError {
  return new WorkflowError("lease_lost", `Another engine has claimed run ${runId}.`, {
    runId,
    remedy: "No action needed: the engine that now owns the run continues it.",
  });
}
