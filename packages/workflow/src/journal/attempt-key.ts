import { isGeneratedRunId } from "@automatosx/run-view";

/**
 * Returns the idempotency key of an attempt: `runId/stepId/attemptNumber`. It is unique across
 * databases. A run id chosen by a caller may be used again in another database or after the run was
 * removed, so in the key such an id is followed by the run's creation time.
 */
export function attemptKey(
  run: { readonly runId: string; readonly createdAt: number },
  stepId: string,
  attemptNumber: number,
): string {
  const name = isGeneratedRunId(run.runId) ? run.runId : `${run.runId}@${run.createdAt}`;
  // The key of an item may hold any text; an id is the same encoded.
  return `${name}/${encodeURIComponent(stepId)}/${attemptNumber}`;
}

/**
 * Returns what identifies the effect of a step: `runId/stepId@` and eight digits of the key of its
 * request, in hex. Unlike the idempotency key, it is the same for all attempts with this request.
 */
export function effectKeyOf(
  run: { readonly runId: string; readonly createdAt: number },
  stepId: string,
  requestKey: string,
): string {
  const withNumber = attemptKey(run, stepId, 0);
  return `${withNumber.slice(0, withNumber.lastIndexOf("/"))}@${requestKey.slice(0, 8)}`;
}

/**
 * Returns the token of an attempt, which marks its processes. Unlike the idempotency key, it
 * differs between a database and a copy of it, and between the engines that own the run in turn.
 */
export function attemptToken(
  idempotencyKey: string,
  { databaseId, ownerId }: { readonly databaseId: string; readonly ownerId: string },
): string {
  return `${idempotencyKey}@${databaseId}.${ownerId}`;
}
