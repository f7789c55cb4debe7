import type { DependencyGraph, WorkflowDefinition } from "@automatosx/schemas";
import {
  HARD_MAX_STEPS,
  hasOnlyFirstKeys,
  MAX_STEPS,
  normaliseShared,
  normaliseWorkflow,
  WrittenWorkflow,
  writtenWorkflow,
} from "@automatosx/schemas/written";
import {
  addBlankVariables,
  addMisplacedReferences,
  agentMapPaths,
  everyStep,
  hasBadCharacter,
  IssueList,
  MAX_DEPTH,
  MAX_ENTRIES,
  type Path,
  quoted,
  readJson,
  readYaml,
  refuseLargeMaps,
  SchemaIssues,
  SourceText,
  SourceTree,
  Suggester,
  valueOf,
  warnOfCutText,
  warnOfDurations,
} from "@automatosx/source";
import type { DefinitionIssue } from "../errors.js";
import { checkCache } from "./check-cache.js";
import {
  certainLaunches,
  checkLaunches,
  checkReconcile,
  warnOfExternalRetries,
  warnOfMissingReserves,
} from "./check-failures.js";
import { checkForms } from "./check-forms.js";
import { checkGraph } from "./check-graph.js";
import type { CheckPlace } from "./check-place.js";
import { MAX_DEFINITION_BYTES } from "./definition-limits.js";
import { type CheckedReferences, checkExpressions } from "./expressions/check-expressions.js";
import type { FilePlace } from "./find-file.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { addMisuse } from "./misuse.js";
import { checkShared } from "./others/check-shared.js";
import { childrenIn, makeOtherWorkflow, namedIn } from "./others/make-other-workflow.js";
import { agentsInside, otherOf } from "./others/OtherWorkflow.js";
import {
  type CheckedFile,
  type FileToCheck,
  type Nesting,
  type OthersRead,
  readOtherWorkflows,
} from "./others/read-other-workflows.js";
import type { OutsideReference } from "./outside-references.js";
import type { PreparedWorkflow, WorkflowFormat } from "./PreparedWorkflow.js";
import type { Refused } from "./refuse-definition.js";
import { addUnexplained, reportedInputs } from "./reported-paths.js";
import { checkSchemas } from "./schema-issues.js";
import { countSteps } from "./steps/count-steps.js";
import { ownValue } from "./steps/own-value.js";
import { stepTree } from "./steps/step-tree.js";
import { firstAgentsOf, laterAgentsOf } from "./steps/written-agents.js";
import { writtenLeaves } from "./steps/written-leaves.js";
import { readTaskFiles, taskFilesIn, withTaskTexts } from "./task-files.js";
import { warnOfNumbers } from "./warn-of-numbers.js";
import { WORKFLOW_GUIDE } from "./workflow-guide.js";

export type CheckOutcome =
  | {
      readonly ok: true;
      readonly definition: WorkflowDefinition;
      readonly warnings: readonly DefinitionIssue[];
      readonly graph: DependencyGraph;
      readonly references: readonly OutsideReference[];
      /** The workflows that its steps run as runs of their own, at any depth, by hash. */
      readonly children: ReadonlyMap<string, PreparedWorkflow>;
      /** What a workflow that includes or runs this one has to know. */
      readonly asOther: AsOther;
    }
  | Refused;

interface AsOther extends CheckedReferences {
  readonly read: OthersRead;
  readonly stepCount: number;
  readonly launches: () => number;
}

export interface CheckOptions {
  readonly maxSteps: number;
  /** Where the files are that the workflow names. */
  readonly files?: FilePlace;
  /** The way to this definition, if others name it. */
  readonly nesting?: Nesting;
  /** In UTF-8 bytes. Infinity for text that was generated from data. */
  readonly maxBytes?: number;
}

/**
 * Checks the text, the keys and values, the graph and the references. Reports all issues together.
 */
export function checkDefinition(
  text: string,
  format: WorkflowFormat,
  { maxBytes = MAX_DEFINITION_BYTES, ...options }: CheckOptions,
): CheckOutcome {
  // A text has at least as many bytes as UTF-16 units, so the first comparison avoids counting the
  // bytes of a long text.
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    const issues = new IssueList(new SourceText(text.slice(0, 1000)));
    const message = `the definition is larger than ${maxBytes} bytes`;
    issues.add(ISSUE_KINDS.tooLarge, [], [0, 1], message);
    return { ok: false, issues: issues.all };
  }
  const issues = new IssueList(new SourceText(text));
  const root = format === "json" ? readJson(issues) : readYaml(issues);
  if (!root) return { ok: false, issues: issues.all };
  if (format === "yaml") {
    warnOfNumbers(root, issues);
    warnOfCutText(root, issues);
  }
  return checkValue(valueOf(root), new SourceTree(() => root), options, issues);
}

/**
 * Like `checkDefinition`, for the JSON text of a definition passed as data. The text is parsed only
 * if there is an issue, to locate it.
 */
export function checkData(text: string, options: CheckOptions): CheckOutcome {
  const value: unknown = JSON.parse(text);
  if (!isOrdinary(value, MAX_DEPTH))
    return checkDefinition(text, "json", { ...options, maxBytes: Infinity });
  const issues = new IssueList(new SourceText(text));
  const tree = new SourceTree(() => {
    const root = readJson(new IssueList(issues.source));
    if (!root) throw new Error("text that was generated from data cannot be read back");
    return root;
  });
  return checkValue(value, tree, options, issues);
}

/**
 * Returns whether the JSON text of the value can be read without an issue, judging by its depth,
 * keys, characters and numbers.
 */
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

function checkValue(
  value: unknown,
  tree: SourceTree,
  { maxSteps, files = {}, nesting }: CheckOptions,
  issues: IssueList,
): CheckOutcome {
  if (!isWorkflow(value, tree, maxSteps, issues)) return { ok: false, issues: issues.all };
  const suggester = new Suggester();
  const checked = schemaFor(value, maxSteps).safeParse(value, { jitless: isFirstAndSmall(value) });
  if (!checked.success) {
    addMisuse(value, { issues, tree, suggester });
    new SchemaIssues(WORKFLOW_GUIDE, issues, tree, suggester).addAll(checked.error.issues);
  }
  addBlankVariables(issues, tree, ownValue(value, "agents"));
  const texts = readTaskFiles(value, { issues, tree }, files);
  const filled = withTaskTexts(value, texts);
  const steps = stepTree(filled);
  const stepCount = countSteps(value);
  const read = readOtherWorkflows(
    value,
    { maxSteps, ownSteps: stepCount },
    { issues, tree, place: files, nesting, check: (file) => checkFile(file, maxSteps) },
  );
  const { others } = read;
  const isInner = nesting !== undefined;
  const place = { issues, tree, suggester, others, isInner, taskFileAt: taskFilesIn(value, texts) };
  checkSchemas(value, place, reportedInputs(checked.error?.issues ?? []));
  checkForms(value, place);
  const graph = checkGraph(steps, place);
  const { certain, outputType } = checkExpressions(place, steps, filled);
  checkReconcile(value, place);
  checkCache(value, place);
  warnOfExternalRetries(value, place);
  warnOfMissingReserves(value, place);
  checkLaunches(value, place);
  addMisplacedReferences(value, { tree, issues });
  warnOfDurations(value, tree, issues);
  warnOfVersion(value, tree, issues);
  warnOfUnusedLimits(value, place);
  if (checked.success) checkShared(value, normaliseShared(checked.data), place);
  if (!checked.success && !issues.hasErrors) addUnexplained(checked.error.issues, place);
  if (!checked.success || !graph || issues.hasErrors || read.isBroken)
    return { ok: false, issues: issues.all };
  const children = childrenIn(value, others);
  const definition = normaliseWorkflow(checked.data, {
    readTask: (file) => texts.get(file)?.source.text ?? "",
    ...namedIn(value, others),
  });
  const references = certain.flatMap(({ step, reference }) => {
    const { id = "", continueOnError = false } = definition.steps[step.place] ?? {};
    return continueOnError ? [] : [{ stepId: id, reference }];
  });
  const launches = (): number => certainLaunches(value, place);
  const asOther = { read, stepCount, launches, outputType, certain };
  return { ok: true, definition, warnings: issues.all, graph, references, children, asOther };
}

/** Checks a file that a step includes or runs. */
function checkFile({ file, place, nesting }: FileToCheck, maxSteps: number): CheckedFile {
  const source = file.text.startsWith("\ufeff") ? file.text.slice(1) : file.text;
  const format = file.format ?? (source.trimStart().startsWith("{") ? "json" : "yaml");
  const checked = checkDefinition(source, format, { maxSteps, files: place, nesting });
  if (!checked.ok) return checked;
  const path = place.shownPath ?? "";
  const workflow = makeOtherWorkflow({ ...checked, ...checked.asOther, source, format, path });
  return { ok: true, workflow, issues: checked.warnings };
}

function isWorkflow(
  value: unknown,
  tree: SourceTree,
  maxSteps: number,
  issues: IssueList,
): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    if (issues.isWrong([]) || issues.hasErrors) return false;
    const message = `expected a workflow, found ${describeValue(value)}`;
    issues.add(ISSUE_KINDS.noWorkflow, [], tree.locate([]), message);
    return false;
  }
  const stepCount = countSteps(value);
  if (stepCount <= maxSteps)
    // Data may have as many of them as it may have steps.
    return !refuseLargeMaps(
      { value, tree, issues },
      limitedPaths(value),
      Math.max(MAX_ENTRIES, maxSteps),
    );
  const message = `${stepCount} steps, at most ${maxSteps} are allowed`;
  issues.add(ISSUE_KINDS.tooManySteps, ["steps"], tree.locate(["steps"], "key"), message);
  return false;
}

/** The maps and lists whose entries are checked one by one. */
function* limitedPaths(value: unknown): Generator<Path, void, undefined> {
  yield* agentMapPaths(value);
  yield* [["inputs"], ["limits", "agents"]];
  yield* [
    ["budget", "at"],
    ["on", "failure"],
    ["on", "always"],
  ];
  for (const { step, path } of everyStep(value)) {
    if (isLong(ownValue(step, "dependencies"))) yield [...path, "dependencies"];
    // Most steps have none of the other keys.
    if (typeof step !== "object" || step === null || hasOnlyFirstKeys(step)) continue;
    for (const keys of LISTS_OF_STEPS)
      if (ownValue(step, keys[0]) !== undefined) yield [...path, ...keys];
  }
}

function isLong(list: unknown): boolean {
  return Array.isArray(list) && list.length > MAX_ENTRIES;
}

/** The lists and maps of a step whose entries are checked one by one. */
const LISTS_OF_STEPS: readonly (readonly [string, ...string[]])[] = [
  ["files"],
  ["run"],
  ["run", "command"],
  ["run", "env"],
  ["run", "okExitCodes"],
  ["agentId", "oneOf"],
  ["fallback"],
  ["fallback", "agents"],
  ["gate", "to"],
  ["gate", "form"],
  ["wait", "form"],
];

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (value === null) return "nothing";
  return quoted(typeof value === "string" ? value : JSON.stringify(value));
}

// The number of steps has already been checked, so one schema works for every larger limit.
/** Up to this many steps, checking them takes less time than compiling code that checks them. */
const MAX_INTERPRETED_STEPS = 100;
let hasChecked = false;

// Most processes check one definition. Zod compiles code for the schema of a map when the first map
// is checked, which only pays off for many.
function isFirstAndSmall(value: unknown): boolean {
  const isFirst = !hasChecked;
  hasChecked = true;
  return isFirst && hasAtMost(value, MAX_INTERPRETED_STEPS);
}

function hasAtMost(value: unknown, stepCount: number): boolean {
  const steps = ownValue(value, "steps");
  return Array.isArray(steps) && steps.length <= stepCount;
}

let largeSchema: typeof WrittenWorkflow | undefined;

// Building a schema takes milliseconds, and few workflows need the larger one.
function schemaFor(value: unknown, maxSteps: number): typeof WrittenWorkflow {
  if (maxSteps <= MAX_STEPS || hasAtMost(value, MAX_STEPS)) return WrittenWorkflow;
  largeSchema ??= writtenWorkflow(HARD_MAX_STEPS);
  return largeSchema;
}

function warnOfVersion(value: unknown, tree: SourceTree, issues: IssueList): void {
  const version = ownValue(value, "version");
  if (typeof version !== "number" || issues.isWrong(["version"])) return;
  const node = tree.nodeAt(["version"]);
  if (node?.kind !== "scalar") return;
  const written = issues.source.text.slice(node.start, node.end);
  issues.add(
    ISSUE_KINDS.versionNumber,
    ["version"],
    [node.start, node.end],
    `${quoted(written)} was read as the number ${version}, so the version is "${version}"`,
    `quote it: \`version: "${written}"\``,
  );
}

function warnOfUnusedLimits(
  value: unknown,
  { tree, issues, suggester, others = new Map() }: CheckPlace,
): void {
  const limits = ownValue(ownValue(value, "limits"), "agents");
  if (typeof limits !== "object" || limits === null) return;
  const used = new Set(
    [...writtenLeaves(value)].flatMap(({ written }) => [
      ...firstAgentsOf(written),
      ...laterAgentsOf(written),
      ...agentsInside(otherOf(others, written)),
    ]),
  );
  used.add(ownValue(ownValue(value, "defaults"), "agentId"));
  const names = [...used].filter((name) => typeof name === "string");
  for (const agentId of Object.keys(limits)) {
    if (used.has(agentId)) continue;
    const path = ["limits", "agents", agentId];
    const meant = suggester.nearest(agentId, names);
    issues.add(
      ISSUE_KINDS.unusedLimit,
      path,
      tree.locate(path, "key"),
      `no step uses the agent ${quoted(agentId)}`,
      meant && `write \`${meant}\``,
    );
  }
}
