/** One problem in a definition, with its location in the text. Lines and columns count from 1. */
export interface DefinitionIssue {
  /**
   * A stable code that can be searched for: `AXW1004`. The error reference has a heading for each
   * code.
   */
  readonly code: string;
  /** Whether the workflow cannot be run, or only a warning. */
  readonly severity: "error" | "warning";
  /** What is wrong. */
  readonly message: string;
  /** How to fix it, as an instruction; for example ``write `dependencies` ``. */
  readonly remedy?: string;
  /** The path in the data: `["steps", 2, "agentId"]`. */
  readonly path: readonly (string | number)[];
  /** The line in the text, from 1. */
  readonly line: number;
  /** The column in the text, from 1. */
  readonly column: number;
  /** The source line with a caret under the place, ready to print. */
  readonly excerpt?: string;
}
