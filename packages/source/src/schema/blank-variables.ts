import type { IssueList } from "../issues/IssueList.js";
import type { SourceTree } from "../read/SourceTree.js";
import { KEY_ISSUES } from "./key-issues.js";

/**
 * Reports each environment variable of an agent that has no value at all. `null` removes a
 * variable, so a value that was forgotten must not be read as `null`.
 */
export function addBlankVariables(issues: IssueList, tree: SourceTree, agents: unknown): void {
  for (const [agentId, agent] of entriesOf(agents)) {
    for (const [name, value] of entriesOf(new Map(entriesOf(agent)).get("env"))) {
      if (value !== null) continue;
      const path = ["agents", agentId, "env", name];
      const node = tree.nodeAt(path);
      if (node?.kind !== "scalar" || node.start !== node.end) continue;
      issues.add(
        KEY_ISSUES.wrongType,
        path,
        tree.locate(path),
        "expected text, found nothing",
        'write `""` for an empty text, or `null` to remove the variable',
      );
    }
  }
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.entries(value)
    : [];
}
