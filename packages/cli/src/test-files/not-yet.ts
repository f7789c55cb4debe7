import type { DefinitionIssue } from "@automatosx/workflow";

/** The code of an issue about a construct that this version does not have. */
const NOT_IN_THIS_VERSION = "AXW1620";

/**
 * Returns the construct of the workflow that this version does not have; undefined if it has all of
 * them.
 */
export function missingConstruct(issues: readonly DefinitionIssue[]): string | undefined {
  const issue = issues.find(({ code }) => code === NOT_IN_THIS_VERSION);
  if (issue === undefined) return undefined;
  const [what = ""] = issue.message.split(" is not in this version");
  return /`([^`]+)`/u.exec(what)?.[1] ?? what;
}
