import type { DefinitionIssue } from "../errors.js";
import { IssueList } from "./IssueList.js";
import type { IssueName } from "./issue-codes.js";
import { SourceText } from "./SourceText.js";

export interface Refused {
  readonly ok: false;
  readonly issues: readonly DefinitionIssue[];
}

/** The outcome for a definition that has no text to point at: one issue at line 1, column 1. */
export function refuseDefinition(name: IssueName, message: string, remedy?: string): Refused {
  const issues = new IssueList(new SourceText(""));
  issues.add(name, [], [0, 0], message, remedy);
  return { ok: false, issues: issues.all };
}
