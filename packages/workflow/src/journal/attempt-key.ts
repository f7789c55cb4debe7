import { isGeneratedRunId } from "./run-id.js";

/**
 * The idempotency key of an attempt: `runId/stepId/attemptNumber`. It is unique across databases: a
 * run id that a caller chose may be chosen again, in another database or after the run was removed,
 * so that such an id is followed by the instant of the run's creation.
 */
export function attemptKey(
  run: { readonly runId: string; readonly createdAt: number },
  stepId: string,
  attemptNumber: number,
): string {
  const name = isGeneratedRunId(run.runId) ? run.runId : `${run.runId}@${run.createdAt}`;
  return `${name}/${stepId}/${attemptNumber}`;
}
