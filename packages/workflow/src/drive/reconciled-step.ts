/** The path of a `reconcile` step, or of a step inside it. */
const RECONCILE = /^(.+):reconcile(?:$|[.[])/;

/**
 * Returns the id of the step whose outcome a `reconcile` step finds out; undefined for any other
 * step. No attempt at the `reconcile` step may begin while an agent of that step is still stopping:
 * what it looks for might come about afterwards.
 */
export function reconciledStep(stepId: string): string | undefined {
  return RECONCILE.exec(stepId)?.[1];
}
