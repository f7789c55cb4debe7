import { type Event, parseEvents, YAMLException } from "js-yaml";
import type { IssueList } from "../issues/IssueList.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import { explainYaml } from "./explain-yaml.js";
import { MAX_DEPTH } from "./text-limits.js";

// The parser rejects these characters, which JSON allows in strings. Replacing them keeps all
// offsets the same.
const REFUSED_BY_PARSER = /[\u007f-\u0084\u0086-\u009f\ufffe\uffff]/g;

/** The parser also counts a scalar as a level. */
const MAX_NODE_DEPTH = MAX_DEPTH + 1;

/** Returns the events of a YAML text, or undefined after reporting why it is not YAML. */
export function yamlEvents(issues: IssueList): Event[] | undefined {
  const { text } = issues.source;
  try {
    return parseEvents(text.replace(REFUSED_BY_PARSER, "\ufffd"), { maxDepth: MAX_NODE_DEPTH });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    refuse(error, issues);
    return undefined;
  }
}

function refuse({ reason, mark }: YAMLException, issues: IssueList): void {
  const { text } = issues.source;
  const at = Math.min(mark?.position ?? 0, text.length);
  const problem = explainYaml(reason, text, at);
  const start = problem.at ?? at;
  const kind = problem.kind ?? TEXT_ISSUES.invalidYaml;
  const { message, remedy, fix } = problem;
  issues.add(kind, [], [start, start + 1], message, remedy, fix);
}
