import { writtenWorkflow } from "@automatosx/schemas";
import type { z } from "zod";
import type { IssueList } from "./IssueList.js";
import type { IssueName } from "./issue-codes.js";
import { isUnsupported, synonymOf } from "./key-hints.js";
import { knownKeys } from "./known-keys.js";
import { quoted } from "./SourceText.js";
import type { Path, SourceNode, SourceTree } from "./source-tree.js";
import type { Suggester } from "./suggestions.js";

type ZodIssue = z.core.$ZodIssue;

const KEYS_OF = writtenWorkflow(1);

const WORDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a map",
  record: "a map",
};

/** The rules over several keys, as the schemas name them. */
const RULES: Readonly<Record<string, IssueName>> = {
  retries_twice: "conflict",
  backoff_over_maximum: "conflict",
  default_of_other_type: "badDefault",
  nameless: "nameless",
  name_gives_no_id: "nameless",
  step_without_agent: "stepWithoutAgent",
};

/** Turns what the schema says into issues with a place, our words, and the remedy. */
export class SchemaIssues {
  readonly #issues: IssueList;
  readonly #tree: SourceTree;
  readonly #suggester: Suggester;
  /** Paths of keys that are there under another name. */
  readonly #misnamed = new Set<string>();

  constructor(issues: IssueList, tree: SourceTree, suggester: Suggester) {
    this.#issues = issues;
    this.#tree = tree;
    this.#suggester = suggester;
  }

  addAll(found: readonly ZodIssue[], base: Path = []): void {
    // Unknown keys first: one that was meant for a key says why that key is missing.
    const isUnknownKey = ({ code }: ZodIssue) => code === "unrecognized_keys";
    for (const issue of [
      ...found.filter(isUnknownKey),
      ...found.filter((issue) => !isUnknownKey(issue)),
    ]) {
      this.#add(issue, [...base, ...(issue.path as (string | number)[])]);
    }
  }

  #add(issue: ZodIssue, path: Path): void {
    if (this.#issues.isFull || this.#issues.isWrong(path)) return;
    switch (issue.code) {
      case "unrecognized_keys":
        for (const key of issue.keys) this.#addUnknownKey(key, path);
        return;
      case "invalid_type":
        return this.#tree.nodeAt(path)
          ? this.#addWrongType(issue.expected, path)
          : this.#addMissing(path);
      case "invalid_value":
        return this.#tree.nodeAt(path)
          ? this.#addUnknownValue(issue.values, path)
          : this.#addMissing(path);
      case "invalid_format":
        return this.#put(formatKind(issue.message), path, issue.message);
      case "too_small":
      case "too_big":
        return this.#addRange(issue, path);
      case "invalid_union":
        return this.#addUnion(issue, path);
      case "invalid_key":
        return this.#addBadKey(issue, path);
      case "custom":
        return this.#addRule(issue, path);
      default:
        return this.#put("invalidValue", path, issue.message);
    }
  }

  #put(
    name: IssueName,
    path: Path,
    message: string,
    remedy?: string,
    target: "key" | "value" = "value",
  ): void {
    this.#issues.add(name, path, this.#tree.locate(path, target), message, remedy);
  }

  #addUnknownKey(key: string, path: Path): void {
    const keyPath = [...path, key];
    if (this.#issues.isFull || this.#issues.isWrong(keyPath)) return;
    const known = knownKeys(KEYS_OF, path).filter((name) => !this.#tree.nodeAt([...path, name]));
    const meant =
      synonymOf(key, path, known) ??
      (isUnsupported(key) ? undefined : this.#suggester.nearest(key, known));
    if (meant) this.#misnamed.add(JSON.stringify([...path, meant]));
    let remedy = meant && `write \`${meant}\``;
    if (key === "<<")
      remedy =
        "write the keys out, or put what all steps share into `defaults`: YAML 1.2 has no merge key";
    else if (!meant && isUnsupported(key))
      remedy = `remove it: this version of the language has no \`${key}\``;
    this.#put("unknownKey", keyPath, `unknown key ${quoted(key)}`, remedy, "key");
  }

  #addMissing(path: Path): void {
    if (this.#misnamed.has(JSON.stringify(path))) return;
    this.#put(
      "missingKey",
      path,
      `${quoted(String(path.at(-1)))} is missing`,
      `add \`${String(path.at(-1))}\``,
    );
  }

  #addWrongType(expected: string, path: Path): void {
    if (path.length === 0)
      return this.#put("noWorkflow", path, `expected a workflow, found ${this.#found(path)}`);
    const node = this.#tree.nodeAt(path);
    let remedy: string | undefined;
    if (node?.kind === "scalar" && node.value === null)
      remedy = "give it a value, or remove the key";
    else if (expected === "boolean" && node?.kind === "scalar") remedy = truthRemedy(node.value);
    else if (expected === "string" && node?.kind === "scalar")
      remedy = `quote it: \`"${this.#issues.source.text.slice(node.start, node.end)}"\``;
    else if (expected === "array" && node?.kind === "scalar")
      remedy = `write a list: \`[${listOf(path, node.value)}]\``;
    else if (expected === "int" && node?.kind === "scalar" && typeof node.value === "string")
      remedy = "write a whole number without quotes";
    this.#put(
      "wrongType",
      path,
      `expected ${WORDS[expected] ?? expected}, found ${this.#found(path)}`,
      remedy,
    );
  }

  #addUnknownValue(values: readonly unknown[], path: Path): void {
    const names = values.map(String);
    const node = this.#tree.nodeAt(path);
    const meant =
      node?.kind === "scalar" ? this.#suggester.nearest(String(node.value), names) : undefined;
    const remedy = meant ? `write \`${meant}\`` : `write one of ${names.map(quoted).join(", ")}`;
    this.#put(
      "unknownValue",
      path,
      `expected ${names.map(quoted).join(" or ")}, found ${this.#found(path)}`,
      remedy,
    );
  }

  #addRange(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, path: Path): void {
    const unit =
      issue.origin === "string" ? " characters" : issue.origin === "array" ? " entries" : "";
    const bound =
      issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
    if (path.length === 1 && path[0] === "steps" && issue.code === "too_big") {
      return this.#put("tooManySteps", path, `a workflow has ${bound} steps`, undefined, "key");
    }
    const isEmpty = issue.code === "too_small" && unit !== "" && issue.minimum === 1;
    const message = isEmpty
      ? `${quoted(String(path.at(-1)))} is empty`
      : `expected ${bound}${unit}`;
    this.#put(
      "outOfRange",
      path,
      message,
      isEmpty ? "write at least one entry or character" : undefined,
    );
  }

  /** Tells the problems of the alternative that was meant: the one whose own key is there, else the only one of the right type. */
  #addUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path): void {
    const node = this.#tree.nodeAt(path);
    if (!node) return this.#addMissing(path);
    const isAgent = path[0] === "agents" && path.length === 2;
    if (node.kind === "map") {
      const fitting = issue.errors.filter((alternative) => !alternative.some(isOfOtherType));
      const meant = isAgent
        ? fitting.find((alternative) => !alternative.some((inner) => this.#lacksKey(inner, path)))
        : fitting[0];
      if (meant) return this.addAll(meant, path);
      if (isAgent && this.#addUnknownAgentKeys(fitting, path)) return;
    }
    if (isAgent) return this.#put("badAgent", path, issue.message);
    const values = issue.errors.flat().find(({ code }) => code === "invalid_value") as
      | z.core.$ZodIssueInvalidValue
      | undefined;
    if (values && node.kind === "scalar" && typeof node.value === "string")
      return this.#addUnknownValue(values.values, path);
    const name = formatKind(issue.message);
    this.#put(
      name === "badDuration" ? name : "wrongType",
      path,
      `${issue.message}, found ${this.#found(path)}`,
      this.#unionRemedy(name, node),
    );
  }

  #lacksKey(issue: ZodIssue, path: Path): boolean {
    return (
      (issue.code === "invalid_type" || issue.code === "invalid_value") &&
      !this.#tree.nodeAt([...path, ...(issue.path as string[])])
    );
  }

  /** A misspelt `command` is why the kind cannot be told; true when there is one. */
  #addUnknownAgentKeys(alternatives: readonly (readonly ZodIssue[])[], path: Path): boolean {
    const unknown = alternatives.map((issues) =>
      issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : [])),
    );
    for (const key of unknown[0] ?? []) {
      if (unknown.every((keys) => keys.includes(key))) this.#addUnknownKey(key, path);
    }
    return ["command", "preset"].some((key) => this.#misnamed.has(JSON.stringify([...path, key])));
  }

  #unionRemedy(name: IssueName, node: SourceNode): string | undefined {
    if (node.kind === "scalar" && node.value === null) return "give it a value, or remove the key";
    if (name !== "badDuration" || node.kind !== "scalar" || typeof node.value !== "string")
      return undefined;
    if (/^\d+$/.test(node.value))
      return `add a unit, \`${node.value}s\`, or remove the quotes for milliseconds`;
    const close = node.value
      .toLowerCase()
      .replace(/\s+/g, "")
      .replace(/(\d)(?:seconds?|secs?)/g, "$1s")
      .replace(/(\d)(?:minutes?|mins?)/g, "$1m");
    const better = close.replace(/(\d)(?:hours?|hrs?)/g, "$1h").replace(/(\d)days?/g, "$1d");
    return /^[\d.]+(?:ms|[smhd])$/.test(better) && better !== node.value
      ? `write \`${better}\``
      : undefined;
  }

  #addBadKey(issue: z.core.$ZodIssueInvalidKey, path: Path): void {
    const message = issue.issues[0]?.message ?? issue.message;
    this.#put(
      "badIdentifier",
      path,
      `${quoted(String(path.at(-1)))}: ${message}`,
      identifierRemedy(message),
      "key",
    );
  }

  #addRule(issue: z.core.$ZodIssueCustom, path: Path): void {
    const name = RULES[String(issue.params?.["rule"])];
    const subject = quoted(String(path.at(-1)));
    if (name === "stepWithoutAgent" && this.#misnamed.has(JSON.stringify([...path, "agentId"])))
      return;
    if (name === "stepWithoutAgent") return this.#put(name, path, `this step ${issue.message}`);
    if (name === "nameless")
      return this.#put(
        name,
        path,
        path.length === 0 ? `the workflow ${issue.message}` : `this name ${issue.message}`,
      );
    if (name === "badDefault") {
      const type = this.#tree.nodeAt([...path.slice(0, -1), "type"]);
      const declared = WORDS[String(type?.kind === "scalar" && type.value)] ?? "another type";
      return this.#put(
        name,
        path,
        `the input is declared as ${declared}, its default is ${this.#found(path)}`,
      );
    }
    if (name)
      return this.#put(
        name,
        path,
        `${subject} ${issue.message}`,
        undefined,
        name === "conflict" ? "key" : "value",
      );
    if (/duration/.test(issue.message)) return this.#put("badDuration", path, issue.message);
    this.#put(
      "badIdentifier",
      path,
      `${this.#found(path)} ${issue.message}`,
      identifierRemedy(issue.message),
    );
  }

  /** The value at the path in a few words. */
  #found(path: Path): string {
    const node = this.#tree.nodeAt(path);
    if (node?.kind === "list") return "a list";
    if (node?.kind === "map") return "a map";
    if (!node || node.value === null) return node?.start === node?.end ? "nothing" : "null";
    if (typeof node.value === "string")
      return node.value === "" ? "empty text" : quoted(node.value);
    return `${typeof node.value === "number" ? "the number" : "the truth value"} \`${node.value}\``;
  }
}

/** What was written as one text, as the entries of a list: a command line in its words. */
function listOf(path: Path, value: unknown): string {
  const written = String(value).slice(0, 60);
  return path.at(-1) === "command" ? written.trim().split(/\s+/).join(", ") : written;
}

/** YAML 1.1 had more words for true and false, and many still write them. */
function truthRemedy(value: unknown): string {
  const word = String(value).toLowerCase();
  if (["yes", "on", "y", "1", "true"].includes(word)) return "write `true`";
  return ["no", "off", "n", "0", "false"].includes(word)
    ? "write `false`"
    : "write `true` or `false`";
}

/** Does the issue say that the value as a whole is of another type, and not something in it? */
function isOfOtherType({ code, path }: ZodIssue): boolean {
  return (code === "invalid_type" || code === "invalid_value") && path.length === 0;
}

function identifierRemedy(message: string): string | undefined {
  if (message.includes("environment"))
    return "use letters, digits and `_`, and no digit at the beginning";
  return message.includes("every JavaScript object") ? "choose another name" : undefined;
}

function formatKind(message: string): IssueName {
  if (message.includes("duration")) return "badDuration";
  return message.includes("letter") ? "badIdentifier" : "invalidValue";
}
