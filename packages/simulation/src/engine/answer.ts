/**
 * The result of a step, derived only from the step, its dependencies' results, and how often the
 * run was restored. So it is the same before and after a crash, but differs after a restore.
 */
export type Answer = (
  stepId: string,
  previousResults: Readonly<Record<string, unknown>>,
  restores: number,
) => unknown;
