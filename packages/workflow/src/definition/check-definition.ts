import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import {
  HARD_MAX_STEPS,
  MAX_STEPS,
  normaliseWorkflow,
  WrittenWorkflow,
  writtenWorkflow,
} from "@automatosx/schemas";
import type { DefinitionIssue } from "../errors.js";
import { hasBadCharacter } from "./check-characters.js";
import { MAX_DEFINITION_BYTES, MAX_DEPTH, MAX_LINES } from "./definition-limits.js";
import { checkGraph } from "./graph-issues.js";
import { IssueList } from "./IssueList.js";
import { type OutsideReference, outsideReferences } from "./outside-references.js";
import type { WorkflowFormat } from "./PreparedWorkflow.js";
import { readJson } from "./read-json.js";
import { readYaml } from "./read-yaml.js";
import { ownValue, readableSteps } from "./readable-steps.js";
import type { Refused } from "./refuse-definition.js";
import { quoted, SourceText } from "./SourceText.js";
import { SchemaIssues } from "./schema-issues.js";
import { SourceTree, valueOf } from "./source-tree.js";
import { Suggester } from "./suggestions.js";
import { TemplateIssues } from "./template-issues.js";

export type CheckOutcome =
  | {
      readonly ok: true;
      readonly definition: WorkflowDefinition;
      readonly warnings: readonly DefinitionIssue[];
      readonly graph: DependencyGraph;
      readonly references: readonly OutsideReference[];
    }
  | Refused;

export interface CheckOptions {
  readonly maxSteps: number;
  /** In bytes of UTF-8. Infinity for text that was made from a value. */
  readonly maxBytes?: number;
}

/** Reads and checks a definition: its text, its keys and values, its graph, its references. Reports whatever it finds in one go. */
export function checkDefinition(
  text: string,
  format: WorkflowFormat,
  { maxSteps, maxBytes = MAX_DEFINITION_BYTES }: CheckOptions,
): CheckOutcome {
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
  if (!root) return { ok: false, issues: issues.all };
  return checkValue(valueOf(root), new SourceTree(() => root), maxSteps, issues);
}

/**
 * The same for data that a program hands over, as the JSON text that was made of it. The text is read for the places of
 * values only where one of them is to be told of.
 */
export function checkData(text: string, maxSteps: number): CheckOutcome {
  const value: unknown = JSON.parse(text);
  if (!isOrdinary(value, MAX_DEPTH))
    return checkDefinition(text, "json", { maxSteps, maxBytes: Infinity });
  const issues = new IssueList(new SourceText(text));
  const tree = new SourceTree(() => {
    const root = readJson(new IssueList(issues.source));
    if (!root) throw new Error("text that was made of data could not be read back");
    return root;
  });
  return checkValue(value, tree, maxSteps, issues);
}

// Nothing that reading the text would tell of: too many levels, a key that cannot be kept, characters and numbers that cannot be.
function isOrdinary(value: unknown, levels: number): boolean {
  if (typeof value === "string") return !hasBadCharacter(value);
  if (typeof value === "number") return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  if (Array.isArray(value)) return value.every((item) => isOrdinary(item, levels - 1));
  return Object.entries(value).every(
    ([key, item]) => key !== "__proto__" && !hasBadCharacter(key) && isOrdinary(item, levels - 1),
  );
}

function hasMoreLines(text: string, most: number): boolean {
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1 && lines <= most; at = text.indexOf("\n", at + 1))
    lines += 1;
  return lines > most;
}

function isWorkflow(
  value: unknown,
  tree: SourceTree,
  maxSteps: number,
  issues: IssueList,
): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    if (!issues.isWrong([]) && !issues.hasErrors)
      issues.add(
        "noWorkflow",
        [],
        tree.locate([]),
        `expected a workflow, found ${describeValue(value)}`,
      );
    return false;
  }
  const steps = ownValue(value, "steps");
  if (!Array.isArray(steps) || steps.length <= maxSteps) return true;
  issues.add(
    "tooManySteps",
    ["steps"],
    tree.locate(["steps"], "key"),
    `${steps.length} steps, at most ${maxSteps} are allowed`,
  );
  return false;
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "nothing";
  return quoted(typeof value === "string" ? value : JSON.stringify(value));
}

function checkValue(
  value: unknown,
  tree: SourceTree,
  maxSteps: number,
  issues: IssueList,
): CheckOutcome {
  if (!isWorkflow(value, tree, maxSteps, issues)) return { ok: false, issues: issues.all };
  const suggester = new Suggester();
  const checked = schemaFor(maxSteps).safeParse(value);
  if (!checked.success) new SchemaIssues(issues, tree, suggester).addAll(checked.error.issues);
  const steps = readableSteps(value);
  const graph = checkGraph(steps, issues, tree, suggester);
  new TemplateIssues(issues, tree, suggester, steps, value).check(graph);
  warnOfVersion(value, tree, issues);
  warnOfUnusedLimits(value, tree, issues, suggester);
  if (!checked.success || !graph || issues.hasErrors) return { ok: false, issues: issues.all };
  const definition = normaliseWorkflow(checked.data);
  const references = outsideReferences(definition.steps);
  return { ok: true, definition, warnings: issues.all, graph, references };
}

// How many steps there are has been checked by then: one schema does for every larger limit.
let largeSchema: typeof WrittenWorkflow | undefined;

function schemaFor(maxSteps: number): typeof WrittenWorkflow {
  if (maxSteps <= MAX_STEPS) return WrittenWorkflow;
  largeSchema ??= writtenWorkflow(HARD_MAX_STEPS);
  return largeSchema;
}

function warnOfVersion(value: unknown, tree: SourceTree, issues: IssueList): void {
  const version = ownValue(value, "version");
  if (typeof version !== "number" || issues.isWrong(["version"])) return;
  const node = tree.nodeAt(["version"]);
  if (node === undefined) return;
  const written = issues.source.text.slice(node.start, node.end);
  const message = `${quoted(written)} was read as the number ${version}, so the version is "${version}"`;
  issues.add(
    "versionNumber",
    ["version"],
    [node.start, node.end],
    message,
    `quote it: \`version: "${written}"\``,
  );
}

function warnOfUnusedLimits(
  value: unknown,
  tree: SourceTree,
  issues: IssueList,
  suggester: Suggester,
): void {
  const limits = ownValue(ownValue(value, "limits"), "agents");
  if (typeof limits !== "object" || limits === null) return;
  const steps = ownValue(value, "steps");
  const used = new Set(
    Array.isArray(steps) ? steps.map((step: unknown) => ownValue(step, "agentId")) : [],
  );
  used.add(ownValue(ownValue(value, "defaults"), "agentId"));
  const names = [...used].filter((name) => typeof name === "string");
  for (const agentId of Object.keys(limits)) {
    if (used.has(agentId)) continue;
    const path = ["limits", "agents", agentId];
    const meant = suggester.nearest(agentId, names);
    issues.add(
      "unusedLimit",
      path,
      tree.locate(path, "key"),
      `no step uses the agent ${quoted(agentId)}`,
      meant && `write \`${meant}\``,
    );
  }
}
