import { type DefinitionIssue, ISSUE_KINDS, type WorkflowError } from "@automatosx/workflow";
import { type Document, isMap, isNode, isScalar, type LineCounter } from "yaml";
import type { z } from "zod";
import { closestWord } from "../closest-word.js";
import { presetNames } from "../preset/presets.js";
import { printable } from "../printable.js";

/** A text with what is needed to find the place of a piece of its data. */
export interface LocatedText {
  readonly text: string;
  readonly document: Document;
  readonly lineCounter: LineCounter;
}

type Path = readonly (string | number)[];
type ZodIssue = z.core.$ZodIssue;

/** The longest piece of a line that is shown, in characters. */
const EXCERPT_LENGTH = 120;

const DID_YOU_MEAN_AGENTS = "did you mean `agents`?";

const KIND_OF_ZOD: Readonly<Partial<Record<ZodIssue["code"], Finding["kind"]>>> = {
  invalid_type: "wrongType",
  invalid_value: "unknownValue",
  too_small: "outOfRange",
  too_big: "outOfRange",
};

const SHARED_KEYS = ["cwd", "env", "timeout", "grace"];
const PROCESS_KEYS = ["command", "input", "output", "okExitCodes", ...SHARED_KEYS];
const PRESET_KEYS = ["preset", "args", ...SHARED_KEYS];

/** Text that is no YAML, at the character `offset`. */
export function syntaxIssue(place: LocatedText, message: string, offset: number): DefinitionIssue {
  return issueAt(place, { kind: "invalidYaml", path: [], message, offset });
}

/** What the schema has against an agents file, each at its place, with what to do about it. */
export function agentsFileIssues(
  place: LocatedText,
  issues: readonly ZodIssue[],
): DefinitionIssue[] {
  const found = issues.flatMap((issue) => issuesOf(place, issue, []));
  // A misspelt `agents` is one mistake, not an unknown key and a missing one.
  const isMisspelt = found.some(({ remedy }) => remedy === DID_YOU_MEAN_AGENTS);
  return inOrder(
    isMisspelt
      ? found.filter(({ code, path }) => code !== ISSUE_KINDS.missingKey.code || path.length > 1)
      : found,
  );
}

/** What an agent has against its own entry, for example a batch file for a program. */
export function agentIssue(
  place: LocatedText,
  agentId: string,
  error: WorkflowError,
): DefinitionIssue {
  const remedy = error.remedy === undefined ? {} : { remedy: error.remedy };
  return issueAt(place, {
    kind: "invalidValue",
    path: ["agents", agentId],
    isKey: true,
    message: `the agent \`${agentId}\` cannot work: ${error.message}`,
    ...remedy,
  });
}

function inOrder(issues: DefinitionIssue[]): DefinitionIssue[] {
  return issues.sort((one, other) => one.line - other.line || one.column - other.column);
}

function issuesOf(place: LocatedText, issue: ZodIssue, parents: Path): DefinitionIssue[] {
  const path = [...parents, ...(issue.path as Path)];
  if (issue.code === "invalid_union" && isAgentPath(path)) return agentIssues(place, issue, path);
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => unknownKey(place, key, path));
  if (issue.code === "invalid_key") return [unusableKey(place, reasonOf(issue.issues), path)];
  const value = place.document.getIn(path, false);
  const kind = value === undefined ? "missingKey" : kindOf(issue);
  const message =
    value === undefined
      ? `${nameOf(path)} is missing`
      : `${nameOf(path)} cannot be used: ${sentence(issue)}`;
  const remedy = remedyOf(path, value);
  return [issueAt(place, { kind, path, message, ...(remedy !== undefined && { remedy }) })];
}

// An agent's id may also be `*`: what the id itself lacks is then one level down.
function reasonOf(issues: readonly ZodIssue[]): string {
  const messages = issues
    .flatMap((issue) => (issue.code === "invalid_union" ? issue.errors.flat() : [issue]))
    .map(({ message }) => message);
  return messages.find((message) => message.startsWith("expected a letter")) ?? messages[0] ?? "";
}

function unusableKey(place: LocatedText, reason: string, path: Path): DefinitionIssue {
  const noun = isAgentPath(path) ? "agent id" : "name";
  const remedy = reason.startsWith("expected")
    ? reason.replace("expected", "write")
    : "choose another";
  return issueAt(place, {
    kind: "badIdentifier",
    path,
    isKey: true,
    message: `the ${noun} \`${String(path.at(-1))}\` cannot be used`,
    remedy,
  });
}

function kindOf({ code, message }: ZodIssue): Finding["kind"] {
  return message.includes("duration") ? "badDuration" : (KIND_OF_ZOD[code] ?? "invalidValue");
}

/** A place in words: `command[1]`, `env.NAME`. */
function nameOf(path: Path): string {
  if (path.length === 0) return "the file";
  const last = path.at(-1);
  if (typeof last === "number") return `\`${String(path.at(-2))}[${last}]\``;
  return path.at(-2) === "env" ? `\`env.${last}\`` : `\`${last}\``;
}

// An agent is one of two kinds, told by a key. Of the schema's two lists of complaints only that of the kind meant is of use.
function agentIssues(
  place: LocatedText,
  issue: Extract<ZodIssue, { code: "invalid_union" }>,
  path: Path,
): DefinitionIssue[] {
  const agent = place.document.getIn(path, true);
  const isProcess = isMap(agent) && agent.has("command");
  const isPreset = isMap(agent) && agent.has("preset");
  if (isMap(agent) && isProcess !== isPreset)
    return (issue.errors[isProcess ? 0 : 1] ?? []).flatMap((inner) => issuesOf(place, inner, path));
  const keys = isMap(agent)
    ? agent.items.map(({ key }) => String(isScalar(key) ? key.value : key))
    : [];
  const typo = keys.find((key) => closestWord(key, ["command", "preset"]) !== undefined);
  if (!isProcess && typo !== undefined) return [unknownKey(place, typo, path)];
  const message = isProcess
    ? `the agent \`${path.at(-1)}\` has both \`command\` and \`preset\``
    : `the agent \`${path.at(-1)}\` says neither \`command\` nor \`preset\``;
  const remedy = `write \`command: [program, argument]\` or \`preset:\` with one of ${presetNames.join(", ")}`;
  return [issueAt(place, { kind: "badAgent", path, isKey: true, message, remedy })];
}

function unknownKey(place: LocatedText, key: string, path: Path): DefinitionIssue {
  const known = keysAt(place, path);
  const near = closestWord(key, known);
  const remedy =
    near === undefined
      ? `take it out; known here: ${known.join(", ")}`
      : `did you mean \`${near}\`?`;
  return issueAt(place, {
    kind: "unknownKey",
    path: [...path, key],
    isKey: true,
    message: `the key \`${key}\` is unknown`,
    remedy,
  });
}

function keysAt(place: LocatedText, path: Path): readonly string[] {
  if (path.length === 0) return ["agents"];
  const agent = place.document.getIn(path, true);
  if (!isMap(agent)) return [];
  if (agent.has("command")) return PROCESS_KEYS;
  return agent.has("preset") ? PRESET_KEYS : ["command", "preset"];
}

function isAgentPath(path: Path): boolean {
  return path.length === 2 && path[0] === "agents";
}

function sentence(issue: ZodIssue): string {
  if (issue.code === "too_small" && issue.origin === "array") return "it is empty";
  const message = issue.message.replace(/^Invalid (input|option): /, "");
  return message
    .replace(/\b(record|object)\b/, "a map")
    .replace("array", "a list")
    .replace("string", "text");
}

function remedyOf(path: Path, value: unknown): string | undefined {
  const parent = path.findLast(
    (part, index) => index < path.length - 1 && typeof part === "string",
  );
  const last = path.at(-1);
  if (path.length <= 1) return "write `agents:` with the agents below it, by id";
  if (last === "command")
    return `write it as a list: ${typeof value === "string" ? listOf(value) : "[program, argument]"}`;
  if (parent === "env" || parent === "command" || parent === "args")
    return isPlain(value) ? `quote it: "${value}"` : "write text";
  if (last === "okExitCodes") return "write a list of numbers from 0 to 255, for example [0, 1]";
  if (last !== "preset") return undefined;
  const near = closestWord(String(value), presetNames);
  return near === undefined
    ? `write one of ${presetNames.join(", ")}`
    : `did you mean \`${near}\`?`;
}

function listOf(commandLine: string): string {
  return `[${commandLine.trim().split(/\s+/).slice(0, 5).join(", ")}]`;
}

function isPlain(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

interface Finding {
  /** As in a workflow file: an agents file is its `agents` map by itself. */
  readonly kind: keyof typeof ISSUE_KINDS;
  readonly message: string;
  readonly path: Path;
  readonly remedy?: string;
  /** The place is that of the key rather than of its value. */
  readonly isKey?: boolean;
  readonly offset?: number;
}

function issueAt(
  place: LocatedText,
  { kind, message, path, remedy, isKey, offset }: Finding,
): DefinitionIssue {
  const { line, col: column } = place.lineCounter.linePos(
    offset ?? offsetOf(place.document, path, isKey ?? false),
  );
  const { code, severity } = ISSUE_KINDS[kind];
  return {
    code,
    severity,
    message: printable(message),
    remedy: remedy ?? ISSUE_KINDS[kind].remedy,
    path,
    line,
    column,
    excerpt: excerptOf(place.text, line, column),
  };
}

/** The line with a caret under the place. */
function excerptOf(text: string, line: number, column: number): string {
  const source = text.split(/\r?\n/)[line - 1] ?? "";
  const from = Math.max(0, column - EXCERPT_LENGTH / 2);
  const shown = source.slice(from, from + EXCERPT_LENGTH).replace(/\p{Cc}/gu, " ");
  return `${line} | ${shown}\n${" ".repeat(String(line).length)} | ${" ".repeat(column - 1 - from)}^`;
}

/** Where a piece of data begins; where it is missing, its nearest ancestor. */
function offsetOf(document: Document, path: Path, isKey: boolean): number {
  for (let length = path.length; length >= 1; length -= 1) {
    const parent =
      length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(
          ({ key }) => isScalar(key) && String(key.value) === String(path[length - 1]),
        )
      : undefined;
    // What is missing below a key is best shown at that key.
    const wanted = isKey || length < path.length ? pair?.key : pair?.value;
    const node = pair === undefined ? document.getIn(path.slice(0, length), true) : wanted;
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
