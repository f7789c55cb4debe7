import type { IssueList } from "@automatosx/source";

/**
 * Whether a workflow may contain a word. A check of a construct that few workflows use first asks
 * this, because a workflow may have 10,000 steps.
 */
export function mayHave({ issues }: { readonly issues: IssueList }, word: string): boolean {
  const { text } = issues.source;
  // A key may be written with escapes.
  return text.includes(word) || text.includes("\\");
}
