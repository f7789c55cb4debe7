/** The path of a `reconcile` step, or of a step inside it. */
const RECONCILE = /^(.+):reconcile(?:$|[.[])/;

/**
 * Returns the id of the step whose attempt a `reconcile` step asks about; undefined for every other
 * step. No attempt of the `reconcile` step may begin while an agent of that step is still stopping:
 * until then, what it asks about may yet take effect.
 */
export function judgedStep(stepId: string): string | undefined {
  return RECONCILE.exec(stepId)?.[1];
}
