/** What an answer depends on beside the step and the results that it is given. */
interface AnswerTo {
  /** The number of times the run was restored. */
  readonly restores: number;
  /** The inputs of a child run. */
  readonly given?: unknown;
}

/**
 * A step's result, derived only from the step, its dependencies' results, the inputs of a child
 * run, and the number of times the run was restored. It is the same before and after a crash, but
 * differs after a restore.
 */
export type Answer = (
  stepId: string,
  previousResults: Readonly<Record<string, unknown>>,
  to: AnswerTo,
) => unknown;

/** Returns the result of a child run with these inputs; undefined if the run does not complete. */
export type PlayedChild = (given: unknown) => unknown;
