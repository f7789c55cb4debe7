import { WorkflowError } from "../errors.js";

/** Another run has the id. `why`: a clause, without its full stop. */
export function runExists(runId: string, why: string): WorkflowError {
  return new WorkflowError("run_exists", `Run ${runId} ${why}.`, {
    runId,
    remedy: `Take another id for this one; \`axw resume ${runId}\` goes on with that one as it is.`,
  });
}
