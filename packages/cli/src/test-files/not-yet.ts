import type { DefinitionIssue } from "@automatosx/workflow";
import type { Case } from "./Case.js";

/** The code of an issue about a construct that this version does not have. */
const NOT_IN_THIS_VERSION = "AXW1620";

/** Actions that this version cannot perform. */
const ACTIONS = ["edit", "reopen", "amend"] as const;

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

/** Returns what the case needs besides its workflow and this version does not have. */
export function missingForCase({ actions }: Case): string | undefined {
  for (const action of actions) {
    const missing = ACTIONS.find((name) => action[name] !== undefined);
    if (missing !== undefined) return missing;
    if (action.answer?.edits !== undefined) return "edits";
  }
  return undefined;
}
