/** Replaces a span of a text, in UTF-16 units from its start. `start === end` inserts. */
export interface TextEdit {
  /** The position of the first unit that is replaced. */
  readonly start: number;
  /** The position after the last unit that is replaced. */
  readonly end: number;
  /** What is written instead. */
  readonly text: string;
}

/** How a program can fix an issue: edits of the text that was checked. */
export interface DefinitionFix {
  /** What the edits do, as an instruction: ``add `build` to `dependencies` ``. */
  readonly title: string;
  /**
   * Whether the edits may be made without asking. Safe edits do what the author certainly means,
   * and never change the meaning of a definition that is valid already.
   */
  readonly safe: boolean;
  /** The edits. They do not overlap. */
  readonly edits: readonly TextEdit[];
}

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
  /**
   * The file that the place is in, if it is not the definition itself: that of a task, or of an
   * included workflow, in which `path` is the path in the data.
   */
  readonly file?: string;
  /** The line in the text, from 1. */
  readonly line: number;
  /** The column in the text, from 1. */
  readonly column: number;
  /** The source line with a caret under the place, ready to print. */
  readonly excerpt?: string;
  /** How a program can fix it, if that is known. */
  readonly fix?: DefinitionFix;
}
