import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import { HARD_MAX_STEPS, MAX_STEPS, normaliseWorkflow, WrittenWorkflow, writtenWorkflow } from "@automatosx/schemas";
import type { DefinitionIssue } from "../errors.js";
import { MAX_DEFINITION_BYTES, MAX_LINES } from "./definition-limits.js";
import { checkGraph } from "./graph-issues.js";
import { IssueList } from "./IssueList.js";
import { readJson } from "./read-json.js";
import { readYaml } from "./read-yaml.js";
import { ownValue, readableSteps } from "./readable-steps.js";
import { quoted, SourceText } from "./SourceText.js";
import { SchemaIssues } from "./schema-issues.js";
import type { SourceNode } from "./source-tree.js";
import { locate, nodeAt, valueOf } from "./source-tree.js";
import { Suggester } from "./suggestions.js";
import { TemplateIssues } from "./template-issues.js";

export type DefinitionFormat = "yaml" | "json";

export type ParseOutcome =
  | {
      readonly ok: true;
      readonly definition: WorkflowDefinition;
      readonly warnings: readonly DefinitionIssue[];
      readonly graph: DependencyGraph;
    }
  | { readonly ok: false; readonly issues: readonly DefinitionIssue[] };

export interface CheckOptions {
  readonly maxSteps: number;
  /** In bytes of UTF-8. Infinity for text that was made from a value. */
  readonly maxBytes?: number;
}

/** Reads and checks a definition: its text, its keys and values, its graph, its references. Reports whatever it finds in one go. */
export function checkDefinition(
  text: string,
  format: DefinitionFormat,
  { maxSteps, maxBytes = MAX_DEFINITION_BYTES }: CheckOptions,
): ParseOutcome {
  // No text has fewer bytes than units: the first comparison spares counting the bytes of a very long one.
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    const issues = new IssueList(new SourceText(text.slice(0, 1000)));
    issues.add("tooLarge", [], [0, 1], `the definition is larger than ${maxBytes} bytes`);
    return { ok: false, issues: issues.all };
  }
  const issues = new IssueList(new SourceText(text));
  if (format === "yaml" && hasMoreLines(text, MAX_LINES)) {
    issues.add(
      "tooLarge",
      [],
      [0, 1],
      `the definition has more than ${MAX_LINES} lines`,
      "take out comments and empty lines, or write it as JSON",
    );
    return { ok: false, issues: issues.all };
  }
  const root = format === "json" ? readJson(issues) : readYaml(issues);
  if (!root || !isWorkflow(root, maxSteps, issues)) return { ok: false, issues: issues.all };
  return checkTree(root, maxSteps, issues);
}

function hasMoreLines(text: string, most: number): boolean {
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1 && lines <= most; at = text.indexOf("\n", at + 1)) lines += 1;
  return lines > most;
}

function isWorkflow(root: SourceNode, maxSteps: number, issues: IssueList): boolean {
  if (root.kind !== "map") {
    const found = root.kind === "list" ? "a list" : root.value === null ? "nothing" : quoted(String(root.value));
    if (!issues.isWrong([]) && !issues.hasErrors) issues.add("noWorkflow", [], locate(root, []), `expected a workflow, found ${found}`);
    return false;
  }
  const steps = nodeAt(root, ["steps"]);
  if (steps?.kind !== "list" || steps.items.length <= maxSteps) return true;
  issues.add("tooManySteps", ["steps"], locate(root, ["steps"], "key"), `${steps.items.length} steps, at most ${maxSteps} are allowed`);
  return false;
}

function checkTree(root: SourceNode, maxSteps: number, issues: IssueList): ParseOutcome {
  const value = valueOf(root);
  const suggester = new Suggester();
  const checked = schemaFor(maxSteps).safeParse(value);
  if (!checked.success) new SchemaIssues(issues, root, suggester).addAll(checked.error.issues);
  const steps = readableSteps(value);
  const graph = checkGraph(steps, issues, root, suggester);
  new TemplateIssues(issues, root, suggester, steps, value).check(graph);
  warnOfVersion(root, issues);
  warnOfUnusedLimits(root, value, issues, suggester);
  if (!checked.success || !graph || issues.hasErrors) return { ok: false, issues: issues.all };
  return { ok: true, definition: normaliseWorkflow(checked.data), warnings: issues.all, graph };
}

// How many steps there are has been checked by then: one schema does for every larger limit.
let largeSchema: typeof WrittenWorkflow | undefined;

function schemaFor(maxSteps: number): typeof WrittenWorkflow {
  if (maxSteps <= MAX_STEPS) return WrittenWorkflow;
  largeSchema ??= writtenWorkflow(HARD_MAX_STEPS);
  return largeSchema;
}

function warnOfVersion(root: SourceNode, issues: IssueList): void {
  const node = nodeAt(root, ["version"]);
  if (node?.kind !== "scalar" || typeof node.value !== "number" || issues.isWrong(["version"])) return;
  const written = issues.source.text.slice(node.start, node.end);
  const message = `${quoted(written)} was read as the number ${node.value}, so the version is "${node.value}"`;
  issues.add("versionNumber", ["version"], [node.start, node.end], message, `quote it: \`version: "${written}"\``);
}

function warnOfUnusedLimits(root: SourceNode, value: unknown, issues: IssueList, suggester: Suggester): void {
  const limits = ownValue(ownValue(value, "limits"), "agents");
  if (typeof limits !== "object" || limits === null) return;
  const steps = ownValue(value, "steps");
  const used = new Set(Array.isArray(steps) ? steps.map((step: unknown) => ownValue(step, "agentId")) : []);
  used.add(ownValue(ownValue(value, "defaults"), "agentId"));
  const names = [...used].filter((name) => typeof name === "string");
  for (const agentId of Object.keys(limits)) {
    if (used.has(agentId)) continue;
    const path = ["limits", "agents", agentId];
    const meant = suggester.nearest(agentId, names);
    issues.add("unusedLimit", path, locate(root, path, "key"), `no step uses the agent ${quoted(agentId)}`, meant && `write \`${meant}\``);
  }
}
