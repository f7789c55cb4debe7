/** One thing wrong with a definition, at a place in its text. Lines and columns count from 1. */
export interface DefinitionIssue {
  /** Stable and greppable: `AXW1004`. The error reference has one heading for each. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** What to do about it, as an instruction; for example ``write `dependencies` ``. */
  readonly remedy?: string;
  /** Where in the data: `["steps", 2, "agentId"]`. */
  readonly path: readonly (string | number)[];
  readonly line: number;
  readonly column: number;
  /** The source line with a caret under the place, ready to print. */
  readonly excerpt?: string;
}
