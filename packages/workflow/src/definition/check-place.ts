import type { EditPlace, IssueList, SourceTree, Suggester } from "@automatosx/source";

/** What a check reads, and where it reports. */
export interface CheckPlace {
  readonly issues: IssueList;
  readonly tree: SourceTree;
  readonly suggester: Suggester;
}

/** The text and the tree in which fixes are placed. */
export function editPlaceOf({ issues, tree }: CheckPlace): EditPlace {
  return { source: issues.source, tree };
}
