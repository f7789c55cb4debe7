import { refuseBadText } from "../issues/check-characters.js";
import type { IssueList } from "../issues/IssueList.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import { refuseYamlDocuments } from "./check-yaml-documents.js";
import { ReadingEnded } from "./ReadingEnded.js";
import type { SourceNode } from "./source-node.js";
import { MAX_LINES } from "./text-limits.js";
import { YamlTree } from "./YamlTree.js";
import { yamlEvents } from "./yaml-events.js";

/**
 * Reads YAML 1.2, or reports why it cannot. It accepts one document, only the tags of the core
 * schema, and a limited number of aliases.
 */
export function readYaml(issues: IssueList): SourceNode | undefined {
  if (refuseManyLines(issues) || refuseBadText(issues) || refuseYamlDocuments(issues))
    return undefined;
  const events = yamlEvents(issues);
  if (!events) return undefined;
  try {
    return new YamlTree(events, issues).read();
  } catch (error) {
    if (error instanceof ReadingEnded) return undefined;
    throw error;
  }
}

function refuseManyLines(issues: IssueList): boolean {
  const { text } = issues.source;
  let lines = 1;
  for (
    let at = text.indexOf("\n");
    at !== -1 && lines <= MAX_LINES;
    at = text.indexOf("\n", at + 1)
  )
    lines += 1;
  if (lines <= MAX_LINES) return false;
  const message = `the definition has more than ${MAX_LINES} lines`;
  const remedy = "remove comments and empty lines, or write it as JSON";
  issues.add(TEXT_ISSUES.tooLarge, [], [0, 1], message, remedy);
  return true;
}
