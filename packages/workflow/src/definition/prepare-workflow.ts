import { dirname } from "node:path";
import { HARD_MAX_STEPS, MAX_STEPS } from "@automatosx/schemas/written";
import { formatIssues, quoted } from "@automatosx/source";
import { checkOptions, type OptionChecks } from "../checks/check-options.js";
import {
  callable,
  limit,
  members,
  oneOf,
  path as pathCheck,
  text,
} from "../checks/option-checks.js";
import { omitUndefined } from "../core/omit-undefined.js";
import type { DefinitionIssue } from "../errors.js";
import { WorkflowError } from "../errors.js";
import { messageOf } from "../message-of.js";
import { type CheckOutcome, checkData, checkDefinition } from "./check-definition.js";
import type { FilePlace } from "./find-file.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { looksLikePath } from "./looks-like-path.js";
import { isPreparedWorkflow, PreparedWorkflow, type WorkflowFormat } from "./PreparedWorkflow.js";
import { type FileReader, readDefinitionFile } from "./read-definition-file.js";
import { type Refused, refuseDefinition } from "./refuse-definition.js";
import { writeAsJson } from "./write-as-json.js";

/** How to read a workflow. */
export interface PrepareOptions {
  /** The workflow's name in messages; for example the path of its file. */
  readonly path?: string;
  /**
   * The format of the text. By default `json` if the text begins with `{` and is not a YAML map
   * such as `{id: hello, …}`, else `yaml`. Ignored for a definition passed as data.
   */
  readonly format?: WorkflowFormat;
  /** Reads the workflow file and the files that it names; by default from disk. */
  readonly readFile?: FileReader;
  /**
   * The folder that paths in the workflow are relative to, such as `include` and `task: { file: …
   * }`. `prepareWorkflowFile` takes the folder of the file.
   */
  readonly base?: string;
  /** The folder outside of which no file is read. By default `base`. */
  readonly root?: string;
  readonly limits?: WorkflowLimits;
}

interface Prepared extends PrepareOptions {
  /** The path of the file that the text came from. */
  readonly ownFile?: string;
}

/** Limits on the size of a workflow. */
export interface WorkflowLimits {
  /**
   * Maximum number of steps in a workflow. By default, and at most, 10,000 in text and 100,000 in
   * data.
   */
  readonly maxSteps?: number;
}

const LIMITS_CHECKS: OptionChecks<WorkflowLimits> = { maxSteps: limit };

const PREPARE_CHECKS: OptionChecks<PrepareOptions> = {
  path: text,
  format: oneOf("yaml", "json"),
  readFile: callable,
  base: pathCheck,
  root: pathCheck,
  limits: members(LIMITS_CHECKS),
};

/** A prepared workflow with its warnings, or every issue of a workflow that cannot be run. */
export type PrepareOutcome =
  | {
      /** Whether the workflow can be run. */
      readonly ok: true;
      /** The checked workflow, ready to be started. */
      readonly workflow: PreparedWorkflow;
      /** Warnings only. */
      readonly issues: readonly DefinitionIssue[];
    }
  | Refused;

/**
 * Reads and checks a workflow: YAML or JSON text, or a definition as data. The result can be
 * displayed, planned and started without being read again.
 *
 * ```ts
 * const workflow = prepareWorkflow(readFileSync("sign-up.yaml", "utf8"), { path: "sign-up.yaml" });
 * console.log(workflow.graph.executionOrder);
 * const run = await engine.start(workflow);
 * ```
 *
 * @throws WorkflowError `invalid_definition` with every issue and its line and column
 */
export function prepareWorkflow(
  source: string | object,
  options: PrepareOptions = {},
): PreparedWorkflow {
  checkOptions<PrepareOptions>("prepareWorkflow", options, PREPARE_CHECKS);
  return preparedOrThrow(tryPrepare(source, options), options.path);
}

/**
 * Like `prepareWorkflow`, for a `.yaml`, `.yml` or `.json` file, or one without an extension, whose
 * text decides. An unreadable file is reported as an issue.
 */
export function prepareWorkflowFile(path: string, options: PrepareOptions = {}): PreparedWorkflow {
  pathCheck(path, "The path of the workflow file");
  checkOptions<PrepareOptions>("prepareWorkflowFile", options, PREPARE_CHECKS);
  return preparedOrThrow(tryPrepareFile(path, options), options.path ?? path);
}

/** Like `prepareWorkflow`, but returns the issues. Never throws. @internal */
export function tryPrepare(source: string | object, options: Prepared = {}): PrepareOutcome {
  const format = options.format ?? (isJson(source) ? "json" : "yaml");
  try {
    if (typeof source !== "string") return prepareData(source, options);
    if (looksLikePath(source)) return refusePath(source.trim());
    const outcome = prepareText(source, format, options);
    if (outcome.ok || options.format !== undefined || !isYamlFlow(outcome, source)) return outcome;
    return prepareText(source, "yaml", options);
  } catch (error) {
    return refuseDefinition(
      format === "json" ? ISSUE_KINDS.invalidJson : ISSUE_KINDS.invalidYaml,
      `this text could not be read: ${messageOf(error).slice(0, 200)}`,
    );
  }
}

/** Like `prepareWorkflowFile`, but returns the issues. Never throws. @internal */
export function tryPrepareFile(path: string, options: PrepareOptions = {}): PrepareOutcome {
  const file = readDefinitionFile(path, options.readFile);
  if (!file.ok) return file;
  const place = { path, ownFile: path, base: dirname(path), ...options };
  return tryPrepare(file.text, omitUndefined({ ...place, format: file.format }));
}

/** Returns the workflow of an outcome, or throws its issues as one error. @internal */
export function preparedOrThrow(outcome: PrepareOutcome, path?: string): PreparedWorkflow {
  if (outcome.ok) return outcome.workflow;
  const remedy = outcome.issues.find(({ severity }) => severity === "error")?.remedy;
  const { issues } = outcome;
  const details = omitUndefined({ issues, remedy });
  throw new WorkflowError("invalid_definition", formatIssues(issues, path), details);
}

function refusePath(path: string): Refused {
  return refuseDefinition(
    ISSUE_KINDS.noWorkflow,
    `expected a workflow, found text that looks like the path of a file: ${quoted(path)}`,
    "pass the content of the file, or the result of `prepareWorkflowFile` for its path",
  );
}

function prepareText(text: string, format: WorkflowFormat, options: Prepared): PrepareOutcome {
  const maxSteps = Math.min(options.limits?.maxSteps ?? MAX_STEPS, MAX_STEPS);
  // An editor's byte order mark is not part of the text, and JSON does not allow it.
  const source = text.startsWith("\ufeff") ? text.slice(1) : text;
  const checked = checkDefinition(source, format, { maxSteps, files: filePlaceOf(options) });
  return toOutcome(checked, { ...options, source, format });
}

/**
 * Whether a text that begins with `{` and is not JSON was meant as YAML, whose maps may begin in
 * the same way: `{id: hello, steps: […]}`.
 */
function isYamlFlow({ issues }: Refused, text: string): boolean {
  return (
    issues.some(({ code }) => code === ISSUE_KINDS.invalidJson.code) && !/^\s*\{\s*["}]/.test(text)
  );
}

function prepareData(source: object, options: Prepared): PrepareOutcome {
  const json = writeAsJson(source);
  if (json.ok) return prepareJson(json.text, options);
  return refuseDefinition(json.kind, json.message, json.remedy);
}

function prepareJson(text: string, options: Prepared): PrepareOutcome {
  const maxSteps = Math.min(options.limits?.maxSteps ?? HARD_MAX_STEPS, HARD_MAX_STEPS);
  const checked = checkData(text, { maxSteps, files: filePlaceOf(options) });
  return toOutcome(checked, { ...options, source: text, format: "json" });
}

function filePlaceOf({ base, root, readFile, path, ownFile }: Prepared): FilePlace {
  return { base: base ?? root, root: root ?? base, readFile, shownPath: path, ownFile };
}

function toOutcome(
  checked: CheckOutcome,
  { source, format, path }: { source: string; format: WorkflowFormat; path?: string },
): PrepareOutcome {
  if (!checked.ok) return checked;
  const workflow = new PreparedWorkflow({ ...checked, source, format, path });
  return { ok: true, workflow, issues: checked.warnings };
}

function isJson(source: string | object): boolean {
  return typeof source !== "string" || source.trimStart().startsWith("{");
}

// A service starts the same few workflows repeatedly, and reading a workflow takes longer than
// running a small one.
const REMEMBERED = 64;
const remembered = new Map<string, PreparedWorkflow>();

/**
 * Like `prepareWorkflow`, with a cache of the last 64 texts that the whole process shares.
 * @internal
 */
export function prepareOnce(source: string | object, format?: WorkflowFormat): PreparedWorkflow {
  if (isPreparedWorkflow(source)) return source;
  const json = typeof source === "string" ? undefined : writeAsJson(source);
  if (json?.ok === false) return prepareWorkflow(source);
  const options = omitUndefined({ format });
  if (json !== undefined)
    return remember(`data:${json.text}`, () => preparedOrThrow(prepareJson(json.text, options)));
  return remember(`${format}:${source as string}`, () => prepareWorkflow(source, options));
}

function remember(key: string, prepare: () => PreparedWorkflow): PreparedWorkflow {
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const prepared = prepare();
  if (remembered.size >= REMEMBERED) remembered.delete(remembered.keys().next().value ?? key);
  remembered.set(key, prepared);
  return prepared;
}
