import type { IssueList } from "@automatosx/source";

/**
 * Whether a workflow may contain a word. Checks of rare constructs ask this first, because a
 * workflow may have 10,000 steps.
 */
export function mayHave({ issues }: { readonly issues: IssueList }, word: string): boolean {
  const { text } = issues.source;
  // A key may be written with escapes.
  return text.includes(word) || text.includes("\\");
}
