/** A problem with keys that do not go together, below the step or list that has it. */
export interface KeyIssue {
  /** The name of the rule. */
  readonly rule: string;
  /** The path of the key or value, from the step or list. */
  readonly path: readonly (string | number)[];
  /** What is wrong, as a predicate of the last key of the path. */
  readonly message: string;
  /** What to do, if it differs from that of the rule. */
  readonly remedy?: string;
}
