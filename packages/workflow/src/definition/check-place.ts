import type { EditPlace, IssueList, Path, SourceTree, Suggester } from "@automatosx/source";
import type { OtherWorkflows } from "./others/OtherWorkflow.js";
import type { TaskText } from "./task-files.js";

/** What a check reads, and where it reports. */
export interface CheckPlace {
  readonly issues: IssueList;
  readonly tree: SourceTree;
  readonly suggester: Suggester;
  /** The file that a text is in, if it is not in the definition itself. */
  readonly taskFileAt?: (path: Path) => TaskText | undefined;
  /** Whether another workflow includes or runs this one, so that no caller gives it a context. */
  readonly isInner?: boolean;
  /** The workflows that its steps include or run, by path as written. */
  readonly others?: OtherWorkflows;
}

/** The text and the tree in which fixes are placed. */
export function editPlaceOf({ issues, tree }: CheckPlace): EditPlace {
  return { source: issues.source, tree };
}
