import { refuseBadText } from "../issues/check-characters.js";
import type { IssueList } from "../issues/IssueList.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import { quoted } from "../text/SourceText.js";
import { JsonProblem, JsonScan, TooDeep } from "./JsonScan.js";
import type { SourceNode } from "./source-node.js";
import { MAX_DEPTH } from "./text-limits.js";

/**
 * Reads JSON, or reports why the text is not JSON. `JSON.parse` decides what is valid; a separate
 * scan locates each key and value, and finds duplicate keys.
 */
export function readJson(issues: IssueList): SourceNode | undefined {
  let root: SourceNode | undefined;
  let problem: JsonProblem | undefined;
  try {
    root = new JsonScan(issues).run();
  } catch (error) {
    if (error instanceof TooDeep) {
      const message = `more than ${MAX_DEPTH} levels of lists and maps`;
      issues.add(TEXT_ISSUES.tooDeep, [], [error.offset, error.offset + 1], message);
      return undefined;
    }
    if (!(error instanceof JsonProblem)) throw error;
    problem = error;
  }
  if (isJson(issues.source.text)) return root;
  if (!refuseBadText(issues)) refuseJson(problem, issues);
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function refuseJson(problem: JsonProblem | undefined, issues: IssueList): void {
  const { text } = issues.source;
  const at = Math.min(problem?.offset ?? 0, text.length);
  const found =
    at >= text.length
      ? "the end of the text"
      : quoted(String.fromCodePoint(text.codePointAt(at) ?? 0));
  const message = `expected ${problem?.message ?? "JSON"}, found ${found}`;
  issues.add(TEXT_ISSUES.invalidJson, [], [at, at + 1], message);
}
