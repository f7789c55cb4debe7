import { writtenWorkflow } from "@automatosx/schemas/written";
import {
  type Path,
  quoted,
  type RuleContext,
  type RuleIssue,
  type SchemaGuide,
} from "@automatosx/source";
import { isMisspeltInputKey } from "./input-keys.js";
import { ISSUE_KINDS } from "./issue-kinds.js";
import { isSafeSynonym, remedyForKey, synonymOf } from "./key-synonyms.js";
import { laterKey } from "./later-keys.js";
import { STEP_RULES } from "./step-rules.js";
import { remedyForWord, valueFor } from "./word-synonyms.js";

const INPUT_TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
};

let guideSchema: ReturnType<typeof writtenWorkflow> | undefined;

/** The parts of schema issues that are specific to workflows. */
export const WORKFLOW_GUIDE: SchemaGuide = {
  // Only issues need it, and most definitions have none.
  get schema() {
    guideSchema ??= writtenWorkflow(1);
    return guideSchema;
  },
  root: { kind: ISSUE_KINDS.noWorkflow, noun: "a workflow" },
  unclear: ISSUE_KINDS.badAgent,
  synonymOf,
  isSafeSynonym,
  remedyFor: remedyForKey,
  remedyForText,
  remedyForValue: remedyForWord,
  isCommandLine: (path) => ["command", "run", "shell"].includes(String(path.at(-1))),
  unknownKey,
  unknownForm: foreignForm,
  valueFor,
  tooLong: (path, limit) =>
    path.length === 1 && path[0] === "steps"
      ? { kind: ISSUE_KINDS.tooManySteps, message: `a workflow has ${limit} steps` }
      : undefined,
  rules: {
    retries_twice: conflict,
    backoff_over_maximum: conflict,
    default_of_other_type: badDefault,
    nameless,
    name_gives_no_id: nameless,
    step_without_agent: stepWithoutAgent,
    ...STEP_RULES,
  },
};

function conflict({ path, message }: RuleContext): RuleIssue {
  const key = quoted(String(path.at(-1)));
  return { kind: ISSUE_KINDS.conflict, message: `${key} ${message}`, isAtKey: true };
}

function badDefault({ path, describe, scalarAt, remedyFor }: RuleContext): RuleIssue {
  const type = String(scalarAt([...path.slice(0, -1), "type"]));
  const declared = INPUT_TYPES[type] ?? "another type";
  const value = remedyFor(type, path);
  return {
    kind: ISSUE_KINDS.badDefault,
    message: `the input is declared as ${declared}, its default is ${describe(path)}`,
    ...(value !== undefined && { remedy: `${value}, or change the type` }),
  };
}

function nameless({ path, message }: RuleContext): RuleIssue {
  const subject = path.length === 0 ? "the workflow" : "this name";
  return { kind: ISSUE_KINDS.nameless, message: `${subject} ${message}` };
}

function stepWithoutAgent({ path, message, isMisnamed }: RuleContext): RuleIssue | undefined {
  if (isMisnamed([...path, "agentId"])) return undefined;
  return { kind: ISSUE_KINDS.stepWithoutAgent, message: `this step ${message}` };
}

function unknownKey(path: Path): RuleIssue | null | undefined {
  return laterKey(path) ?? keyOfStep(path) ?? schemaKey(path);
}

/** A key of a step that a check or a `reconcile` step does not have. */
function keyOfStep(path: Path): RuleIssue | undefined {
  const [key, holder, list] = [path.at(-1), path.at(-2), path.at(-3)];
  const isCheck = holder === "check" || (list === "check" && typeof holder === "number");
  if (!isCheck && holder !== "reconcile") return undefined;
  if (!STEP_KEYS.has(String(key))) return undefined;
  const what = isCheck ? "a check" : "`reconcile`";
  return {
    kind: ISSUE_KINDS.keyOfOtherKind,
    message: `${quoted(String(key))} belongs to a step of its own, but this is ${what}`,
  };
}

/** The keys that only steps of a workflow have, not attached ones. */
const STEP_KEYS: ReadonlySet<string> = new Set([
  "cache",
  "check",
  "checkpoint",
  "concurrency",
  "continueOnError",
  "dependencies",
  "effect",
  "estimate",
  "files",
  "foreach",
  "gate",
  "id",
  "if",
  "include",
  "join",
  "key",
  "loop",
  "order",
  "outputs",
  "parallel",
  "reconcile",
  "session",
  "steps",
  "stop",
  "wait",
  "workflow",
]);

/**
 * A key of an input that is no misspelt key of ours is a keyword, and the check of its schema
 * reports those.
 */
function schemaKey(path: Path): null | undefined {
  const isOfInput = path.length === 3 && path[0] === "inputs";
  return isOfInput && !isMisspeltInputKey(String(path[2])) ? null : undefined;
}

function remedyForText(text: string, path: Path): string | undefined {
  if (!text.includes("${{")) return undefined;
  return path.at(-1) === "agentId"
    ? "write `{ from: EXPRESSION, oneOf: [a, b] }`, with every agent that may be chosen"
    : "write the value itself: it cannot be taken from a reference here";
}

/** A map where another language has one and this language has a list or a text. */
function foreignForm(path: Path, form: "list" | "map" | "scalar"): RuleIssue | undefined {
  if (form !== "map") return undefined;
  const kind = ISSUE_KINDS.wrongType;
  if (path.at(-1) === "dependencies")
    return {
      kind,
      message: "expected a list, found a map",
      remedy: "write a list: `[{ build: done }]`",
    };
  if (path.at(-2) === "run" && path.at(-1) === "script")
    return {
      kind,
      message: "expected text, found a map",
      remedy: "write the script here, or run its file: `run: [./script.sh]`",
    };
  return undefined;
}
