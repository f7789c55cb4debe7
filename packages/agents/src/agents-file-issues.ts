import type { DefinitionIssue, WorkflowError } from "@automatosx/workflow";
import { type Document, isMap, isNode, isScalar, type LineCounter } from "yaml";
import type { z } from "zod";
import { closestWord } from "./closest-word.js";
import { presetNames } from "./presets.js";

/** A text with what is needed to find the place of a piece of its data. */
export interface LocatedText {
  readonly text: string;
  readonly document: Document;
  readonly lineCounter: LineCounter;
}

type Path = readonly (string | number)[];
type ZodIssue = z.core.$ZodIssue;

const DID_YOU_MEAN_AGENTS = "did you mean `agents`?";

const SHARED_KEYS = ["cwd", "env", "timeout", "grace"];
const PROCESS_KEYS = ["command", "input", "output", "okExitCodes", ...SHARED_KEYS];
const PRESET_KEYS = ["preset", "args", ...SHARED_KEYS];

/** Text that is no YAML, at the character `offset`. */
export function syntaxIssue(place: LocatedText, message: string, offset: number): DefinitionIssue {
  return issueAt(place, { code: "AXW2001", path: [], message, offset });
}

/** What the schema has against an agents file, each at its place, with what to do about it. */
export function agentsFileIssues(place: LocatedText, issues: readonly ZodIssue[]): DefinitionIssue[] {
  const found = issues.flatMap((issue) => issuesOf(place, issue, []));
  // A misspelt `agents` is one mistake, not an unknown key and a missing one.
  const isMisspelt = found.some(({ remedy }) => remedy === DID_YOU_MEAN_AGENTS);
  return inOrder(isMisspelt ? found.filter(({ code, path }) => code !== "AXW2004" || path.length > 1) : found);
}

/** What an agent has against its own entry, for example a batch file for a program. */
export function agentIssue(place: LocatedText, agentId: string, error: WorkflowError): DefinitionIssue {
  const remedy = error.remedy === undefined ? {} : { remedy: error.remedy };
  return issueAt(place, {
    code: "AXW2003",
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
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(place, key, path));
  if (issue.code === "invalid_key") return [unusableKey(place, issue.issues[0]?.message ?? "", path)];
  const value = place.document.getIn(path, false);
  const code = value === undefined ? "AXW2004" : "AXW2003";
  const message = value === undefined ? `${nameOf(path)} is missing` : `${nameOf(path)} cannot be used: ${sentence(issue)}`;
  const remedy = remedyOf(path, value);
  return [issueAt(place, { code, path, message, ...(remedy !== undefined && { remedy }) })];
}

function unusableKey(place: LocatedText, reason: string, path: Path): DefinitionIssue {
  const kind = isAgentPath(path) ? "agent id" : "name";
  const remedy = reason.startsWith("expected") ? reason.replace("expected", "write") : "choose another";
  return issueAt(place, { code: "AXW2003", path, isKey: true, message: `the ${kind} \`${String(path.at(-1))}\` cannot be used`, remedy });
}

/** A place in words: `command[1]`, `env.NAME`. */
function nameOf(path: Path): string {
  if (path.length === 0) return "the file";
  const last = path.at(-1);
  if (typeof last === "number") return `\`${String(path.at(-2))}[${last}]\``;
  return path.at(-2) === "env" ? `\`env.${last}\`` : `\`${last}\``;
}

// An agent is one of two kinds, told by a key. Of the schema's two lists of complaints only that of the kind meant is of use.
function agentIssues(place: LocatedText, issue: Extract<ZodIssue, { code: "invalid_union" }>, path: Path): DefinitionIssue[] {
  const agent = place.document.getIn(path, true);
  const isProcess = isMap(agent) && agent.has("command");
  const isPreset = isMap(agent) && agent.has("preset");
  if (isMap(agent) && isProcess !== isPreset)
    return (issue.errors[isProcess ? 0 : 1] ?? []).flatMap((inner) => issuesOf(place, inner, path));
  const keys = isMap(agent) ? agent.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
  const typo = keys.find((key) => closestWord(key, ["command", "preset"]) !== undefined);
  if (!isProcess && typo !== undefined) return [unknownKey(place, typo, path)];
  const message = isProcess
    ? `the agent \`${path.at(-1)}\` has both \`command\` and \`preset\``
    : `the agent \`${path.at(-1)}\` says neither \`command\` nor \`preset\``;
  const remedy = `write \`command: [program, argument]\` or \`preset:\` with one of ${presetNames.join(", ")}`;
  return [issueAt(place, { code: "AXW2004", path, isKey: true, message, remedy })];
}

function unknownKey(place: LocatedText, key: string, path: Path): DefinitionIssue {
  const known = keysAt(place, path);
  const near = closestWord(key, known);
  const remedy = near === undefined ? `take it out; known here: ${known.join(", ")}` : `did you mean \`${near}\`?`;
  return issueAt(place, { code: "AXW2002", path: [...path, key], isKey: true, message: `the key \`${key}\` is unknown`, remedy });
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
  const parent = path.findLast((part, index) => index < path.length - 1 && typeof part === "string");
  const last = path.at(-1);
  if (path.length <= 1) return "write `agents:` with the agents below it, by id";
  if (last === "command") return `write it as a list: ${typeof value === "string" ? listOf(value) : "[program, argument]"}`;
  if (parent === "env" || parent === "command" || parent === "args") return isPlain(value) ? `quote it: "${value}"` : "write text";
  if (last !== "preset") return undefined;
  const near = closestWord(String(value), presetNames);
  return near === undefined ? `write one of ${presetNames.join(", ")}` : `did you mean \`${near}\`?`;
}

function listOf(commandLine: string): string {
  return `[${commandLine.trim().split(/\s+/).slice(0, 5).join(", ")}]`;
}

function isPlain(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}

interface Finding {
  readonly code: string;
  readonly message: string;
  readonly path: Path;
  readonly remedy?: string;
  /** The place is that of the key rather than of its value. */
  readonly isKey?: boolean;
  readonly offset?: number;
}

function issueAt(place: LocatedText, { isKey, offset, ...finding }: Finding): DefinitionIssue {
  const at = offset ?? offsetOf(place.document, finding.path, isKey ?? false);
  const { line, col } = place.lineCounter.linePos(at);
  const source = (place.text.split(/\r?\n/)[line - 1] ?? "").replaceAll("\t", " ");
  return { ...finding, severity: "error", line, column: col, excerpt: `${source}\n${" ".repeat(col - 1)}^` };
}

/** Where a piece of data begins; where it is missing, its nearest ancestor. */
function offsetOf(document: Document, path: Path, isKey: boolean): number {
  for (let length = path.length; length >= 1; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path[length - 1]))
      : undefined;
    // What is missing below a key is best shown at that key.
    const wanted = isKey || length < path.length ? pair?.key : pair?.value;
    const node = pair === undefined ? document.getIn(path.slice(0, length), true) : wanted;
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}
