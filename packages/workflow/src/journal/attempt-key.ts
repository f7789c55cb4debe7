import { isGeneratedRunId } from "./run-id.js";

/**
 * What an attempt is called outside: `runId/stepId/attemptNumber`. An id that a caller chose may be chosen again, in another database
 * or once the run is removed, so the run's beginning goes with it.
 */
export function attemptKey(
  run: { readonly runId: string; readonly createdAt: number },
  stepId: string,
  attemptNumber: number,
): string {
  const name = isGeneratedRunId(run.runId) ? run.runId : `${run.runId}@${run.createdAt}`;
  return `${name}/${stepId}/${attemptNumber}`;
}
