/**
 * A step's result, derived only from the step, its dependencies' results, and the number of times
 * the run was restored. It is the same before and after a crash, but differs after a restore.
 */
export type Answer = (
  stepId: string,
  previousResults: Readonly<Record<string, unknown>>,
  restores: number,
) => unknown;
