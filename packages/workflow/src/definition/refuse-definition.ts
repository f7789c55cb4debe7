import { type IssueKind, IssueList, SourceText } from "@automatosx/source";
import type { DefinitionIssue } from "../errors.js";

export interface Refused {
  readonly ok: false;
  readonly issues: readonly DefinitionIssue[];
}

/**
 * Returns the outcome for a definition that has no text to point to: one issue at line 1, column 1.
 */
export function refuseDefinition(kind: IssueKind, message: string, remedy?: string): Refused {
  const issues = new IssueList(new SourceText(""));
  issues.add(kind, [], [0, 0], message, remedy);
  return { ok: false, issues: issues.all };
}
