import { WorkflowError } from "../errors.js";

/** Creates the error for a start whose run id is taken. `why` is a clause without a full stop. */
export function runExists(runId: string, why: string): WorkflowError {
  return new WorkflowError("run_exists", `Run ${runId} ${why}.`, {
    runId,
    remedy: "Choose another id, or resume the existing run.",
    suggestion: { action: "resume_run", runId },
  });
}
