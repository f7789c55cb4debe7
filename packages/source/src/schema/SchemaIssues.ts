import type { DefinitionFix } from "@automatosx/schemas";
import type { z } from "zod";
import { renameKey } from "../fix/collection-edits.js";
import { replaceValue } from "../fix/replace-value.js";
import type { IssueList, Path } from "../issues/IssueList.js";
import type { IssueKind } from "../issues/issue-kind.js";
import { PathSet } from "../issues/PathSet.js";
import type { Suggester } from "../issues/Suggester.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import type { SourceTree } from "../read/SourceTree.js";
import type { SourceNode } from "../read/source-node.js";
import { quoted } from "../text/SourceText.js";
import { KEY_ISSUES } from "./key-issues.js";
import { knownKeys } from "./known-keys.js";
import type { RuleContext, RuleIssue, SchemaGuide } from "./SchemaGuide.js";
import {
  formatKind,
  identifierRemedy,
  isAboutCharacter,
  typeInWords,
  typeRemedy,
  unionRemedy,
  valueInWords,
} from "./value-words.js";

type ZodIssue = z.core.$ZodIssue;

/** Turns schema issues into issues with a location, our own wording and a remedy. */
export class SchemaIssues {
  readonly #guide: SchemaGuide;
  readonly #issues: IssueList;
  readonly #tree: SourceTree;
  readonly #suggester: Suggester;
  /** Paths of keys that are written under a wrong name. They are not reported as missing. */
  readonly #misnamed = new PathSet();

  constructor(guide: SchemaGuide, issues: IssueList, tree: SourceTree, suggester: Suggester) {
    this.#guide = guide;
    this.#issues = issues;
    this.#tree = tree;
    this.#suggester = suggester;
  }

  /** Adds an issue for each issue of Zod; `base` is the path of the checked value. */
  addAll(found: readonly ZodIssue[], base: Path = []): void {
    // Unknown keys come first: one of them may explain why another key is missing.
    const isUnknownKey = ({ code }: ZodIssue) => code === "unrecognized_keys";
    for (const isWanted of [isUnknownKey, (each: ZodIssue) => !isUnknownKey(each)]) {
      for (const issue of found) {
        if (this.#issues.isFull) return;
        if (isWanted(issue)) this.#add(issue, [...base, ...(issue.path as Path)]);
      }
    }
  }

  #add(issue: ZodIssue, path: Path): void {
    if (this.#issues.isFull || this.#issues.isWrong(path)) return;
    switch (issue.code) {
      case "unrecognized_keys":
        return this.#addUnknownKeys(issue.keys, path);
      case "invalid_type":
        return this.#tree.nodeAt(path)
          ? this.#addWrongType(issue.expected, path)
          : this.#addMissing(path);
      case "invalid_value":
        return this.#tree.nodeAt(path)
          ? this.#addUnknownValue(issue.values, path)
          : this.#addMissing(path);
      case "invalid_format":
        return this.#put(
          formatKind(issue.message),
          path,
          isAboutCharacter(issue.message)
            ? `${this.#describe(path)} ${issue.message}`
            : issue.message,
        );
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
        return this.#put(KEY_ISSUES.invalidValue, path, issue.message);
    }
  }

  #put(
    kind: IssueKind,
    path: Path,
    message: string,
    remedy?: string,
    target: "key" | "value" = "value",
    fix?: DefinitionFix,
  ): void {
    const node = target === "value" ? this.#tree.nodeAt(path) : undefined;
    const text = node?.kind === "scalar" && typeof node.value === "string" ? node.value : "";
    const better = this.#guide.remedyForText?.(text, path) ?? remedy;
    this.#issues.add(kind, path, this.#tree.locate(path, target), message, better, fix);
  }

  /** Reports an issue that the guide has put into words. */
  #putOwn({ kind, message, remedy, isAtKey = false }: RuleIssue, path: Path): void {
    this.#put(kind, path, message, remedy, isAtKey ? "key" : "value");
  }

  #addUnknownKeys(keys: Iterable<string>, path: Path): void {
    const all = knownKeys(this.#guide.schema, path);
    const absent = all.filter((name) => !this.#tree.nodeAt([...path, name]));
    const siblings = this.#keysAt(path);
    for (const key of keys) {
      if (this.#issues.isFull) return;
      const keyPath = [...path, key];
      if (this.#issues.isWrong(keyPath) || this.#isExplained(keyPath, siblings, absent)) continue;
      this.#addUnknownKey(keyPath, key, all, absent);
    }
  }

  /** Reports a key of which the guide knows more, and returns true if there is nothing to add. */
  #isExplained(path: Path, siblings: readonly string[], absent: readonly string[]): boolean {
    const own = this.#guide.unknownKey?.(path, siblings);
    if (own === undefined) return false;
    if (own?.explainsMissingKeys === true)
      for (const name of absent) this.#misnamed.add([...path.slice(0, -1), name]);
    if (own !== null) this.#put(own.kind, path, own.message, own.remedy, "key");
    return true;
  }

  /** `all` are the keys that the map may have, and `absent` those that it does not have. */
  #addUnknownKey(path: Path, key: string, all: readonly string[], absent: readonly string[]): void {
    const ofMap = path.slice(0, -1);
    const synonym = this.#guide.synonymOf(key, ofMap, absent);
    const meant =
      synonym ??
      (this.#guide.remedyFor(key) === undefined ? this.#suggester.nearest(key, absent) : undefined);
    if (meant) this.#misnamed.add([...ofMap, meant]);
    // A map that was to be merged may have any of the keys that seem to be missing.
    if (key === "<<") for (const name of absent) this.#misnamed.add([...ofMap, name]);
    const remedy = all.includes(key)
      ? "remove it: it cannot be combined with the other keys of this map"
      : meant
        ? `write \`${meant}\``
        : this.#guide.remedyFor(key);
    const message = `unknown key ${quoted(key)}`;
    const fix = all.includes(key) ? undefined : this.#renaming(path, meant, synonym !== undefined);
    this.#put(KEY_ISSUES.unknownKey, path, message, remedy, "key", fix);
  }

  /** The fix that renames a key, unless the key belongs in another map. */
  #renaming(path: Path, meant: string | undefined, isSynonym: boolean): DefinitionFix | undefined {
    if (meant === undefined || meant.includes(".")) return undefined;
    const edit = renameKey({ source: this.#issues.source, tree: this.#tree }, path, meant);
    const safe = isSynonym && this.#guide.isSafeSynonym?.(String(path.at(-1))) === true;
    return { title: `write \`${meant}\``, safe, edits: [edit] };
  }

  #addMissing(path: Path): void {
    if (this.#isMisnamed(path)) return;
    const key = String(path.at(-1));
    this.#put(KEY_ISSUES.missingKey, path, `${quoted(key)} is missing`, `add \`${key}\``);
  }

  #addWrongType(expected: string, path: Path): void {
    const found = this.#describe(path);
    const { root } = this.#guide;
    if (path.length === 0)
      return this.#put(root.kind, path, `expected ${root.noun}, found ${found}`);
    const node = this.#tree.nodeAt(path);
    const own = node && this.#guide.unknownForm?.(path, node.kind);
    if (own !== undefined) return this.#putOwn(own, path);
    const remedy = this.#isComment(node)
      ? "quote the text: `#` begins a comment in YAML"
      : this.#remedyFor(expected, path);
    const message = `expected ${typeInWords(expected)}, found ${found}`;
    this.#put(KEY_ISSUES.wrongType, path, message, remedy);
  }

  /** What to write instead of a scalar of the wrong type, if it is known. */
  #remedyFor(expected: string, path: Path): string | undefined {
    const node = this.#tree.nodeAt(path);
    const written =
      node?.kind === "scalar" ? this.#issues.source.text.slice(node.start, node.end) : "";
    return typeRemedy(expected, node, written, this.#guide.isCommandLine(path));
  }

  /** Whether a value that is not written is followed by a comment, as in `task: #12`. */
  #isComment(node: SourceNode | undefined): boolean {
    if (node?.kind !== "scalar" || node.start !== node.end) return false;
    return /^:?[ \t]*#\S/.test(this.#issues.source.text.slice(node.end, node.end + 100));
  }

  #addUnknownValue(values: readonly unknown[], path: Path): void {
    const names = values.map(String);
    const node = this.#tree.nodeAt(path);
    const word = node?.kind === "scalar" ? String(node.value) : undefined;
    const synonym = word === undefined ? undefined : this.#guide.valueFor?.(word, path, names);
    const meant =
      synonym ?? (word === undefined ? undefined : this.#suggester.nearest(word, names));
    const own = word === undefined ? undefined : this.#guide.remedyForValue?.(word, path);
    const listed = `write one of ${names.map(quoted).join(", ")}`;
    const remedy = own ?? (meant ? `write \`${meant}\`` : listed);
    const expected = names.map(quoted).join(" or ");
    const message = `expected ${expected}, found ${this.#describe(path)}`;
    const fix =
      own === undefined && synonym !== undefined ? this.#writing(path, synonym) : undefined;
    this.#put(KEY_ISSUES.unknownValue, path, message, remedy, "value", fix);
  }

  /** The fix that writes our word for that of another system. */
  #writing(path: Path, word: string): DefinitionFix | undefined {
    const edit = replaceValue({ source: this.#issues.source, tree: this.#tree }, path, word);
    return edit && { title: `write \`${word}\``, safe: true, edits: [edit] };
  }

  #addRange(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig, path: Path): void {
    const unit =
      issue.origin === "string" ? " characters" : issue.origin === "array" ? " entries" : "";
    const limit =
      issue.code === "too_small" ? `at least ${issue.minimum}` : `at most ${issue.maximum}`;
    const own = issue.code === "too_big" ? this.#guide.tooLong(path, limit) : undefined;
    if (own !== undefined) return this.#put(own.kind, path, own.message, own.remedy, "key");
    if (issue.code === "too_small" && unit !== "" && issue.minimum === 1) {
      const [list, last] = [String(path.at(-2)), path.at(-1)];
      const subject =
        typeof last === "number" ? `entry ${last + 1} of ${quoted(list)}` : quoted(String(last));
      const message = `${subject} is empty`;
      return this.#put(
        KEY_ISSUES.outOfRange,
        path,
        message,
        "write at least one entry or character",
      );
    }
    this.#put(KEY_ISSUES.outOfRange, path, `expected ${limit}${unit}`);
  }

  /**
   * Reports the issues of the alternative that was intended: for a map, the one whose required keys
   * are all present, or the only alternative that is a map.
   */
  #addUnion(issue: z.core.$ZodIssueInvalidUnion, path: Path): void {
    const node = this.#tree.nodeAt(path);
    if (!node) return this.#addMissing(path);
    const own = this.#guide.unknownForm?.(path, node.kind);
    if (own !== undefined) return this.#putOwn(own, path);
    if (node.kind === "map") {
      const maps = issue.errors.filter((alternative) => !alternative.some(isOfOtherType));
      const missing = maps.map((alternative) => this.#missingKeys(alternative, path));
      const complete = maps[missing.findIndex((keys) => keys.length === 0)];
      const meant = complete ?? (maps.length === 1 ? maps[0] : undefined);
      if (meant) return this.addAll(meant, path);
      if (this.#addMisspelt(maps, missing.flat(), path)) return;
      if (maps.length > 1) return this.#put(this.#guide.unclear, path, issue.message);
    } else if (issue.errors.every((alternative) => alternative.some(isNoMap)))
      return this.#put(this.#guide.unclear, path, issue.message);
    const fitting = node.kind === "map" ? undefined : fittingAlternative(issue.errors, node.kind);
    if (fitting !== undefined) return this.addAll(fitting, path);
    const values = issue.errors.flat().find(({ code }) => code === "invalid_value") as
      | z.core.$ZodIssueInvalidValue
      | undefined;
    if (values && node.kind === "scalar" && typeof node.value === "string")
      return this.#addUnknownValue(values.values, path);
    const format = formatKind(issue.message);
    const kind = format === KEY_ISSUES.badDuration ? format : KEY_ISSUES.wrongType;
    const message = `${issue.message}, found ${this.#describe(path)}`;
    const hasList = issue.errors.some((alternative) =>
      alternative.some((each) => expects(each, "array")),
    );
    const list = hasList ? this.#remedyFor("array", path) : undefined;
    this.#put(kind, path, message, unionRemedy(format, node) ?? list);
  }

  #missingKeys(alternative: readonly ZodIssue[], path: Path): string[] {
    return alternative.flatMap((inner) =>
      (inner.code === "invalid_type" || inner.code === "invalid_value") &&
      !this.#tree.nodeAt([...path, ...(inner.path as Path)])
        ? [String(inner.path.at(-1))]
        : [],
    );
  }

  /**
   * Reports keys that no alternative has. Returns true if one of them is a wrong name for a missing
   * key.
   */
  #addMisspelt(
    alternatives: readonly (readonly ZodIssue[])[],
    missing: readonly string[],
    path: Path,
  ): boolean {
    const [first = new Set<string>(), ...others] = alternatives.map(
      (issues) =>
        new Set(issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []))),
    );
    const unknown = [...first].filter((key) => others.every((keys) => keys.has(key)));
    this.#addUnknownKeys(unknown, path);
    return missing.some((key) => this.#isMisnamed([...path, key]));
  }

  #addBadKey(issue: z.core.$ZodIssueInvalidKey, path: Path): void {
    const message = innerMessage(issue);
    this.#put(
      KEY_ISSUES.badIdentifier,
      path,
      `${quoted(String(path.at(-1)))}: ${message}`,
      identifierRemedy(message),
      "key",
    );
  }

  #addRule(issue: z.core.$ZodIssueCustom, path: Path): void {
    const rule = this.#guide.rules[String(issue.params?.["rule"])];
    if (rule !== undefined) {
      const found = rule(this.#contextOf(issue, path));
      if (found === undefined) return;
      if (found.remedy === undefined) return this.#putOwn(found, path);
      // The remedy of a rule knows more than that of the text at its place.
      const span = this.#tree.locate(path, found.isAtKey === true ? "key" : "value");
      return this.#issues.add(found.kind, path, span, found.message, found.remedy);
    }
    if (issue.message.includes("duration"))
      return this.#put(KEY_ISSUES.badDuration, path, issue.message);
    const message = `${this.#describe(path)} ${issue.message}`;
    const kind = isAboutCharacter(message) ? TEXT_ISSUES.badCharacter : KEY_ISSUES.badIdentifier;
    this.#put(kind, path, message, identifierRemedy(issue.message));
  }

  #contextOf({ message, params }: z.core.$ZodIssueCustom, path: Path): RuleContext {
    const remedy = typeof params?.["remedy"] === "string" ? params["remedy"] : undefined;
    return {
      path,
      message,
      remedy,
      keysAt: (at) => this.#keysAt(at),
      describe: (at) => this.#describe(at),
      scalarAt: (at) => {
        const node = this.#tree.nodeAt(at);
        return node?.kind === "scalar" ? node.value : undefined;
      },
      isMisnamed: (at) => this.#isMisnamed(at),
      remedyFor: (expected, at) => this.#remedyFor(expected, at),
    };
  }

  #keysAt(path: Path): readonly string[] {
    const node = this.#tree.nodeAt(path);
    return node?.kind === "map" ? node.entries.map(({ key }) => key) : [];
  }

  #describe(path: Path): string {
    return valueInWords(this.#tree.nodeAt(path));
  }

  #isMisnamed(path: Path): boolean {
    return this.#misnamed.has(path);
  }
}

/** Returns whether the value as a whole has another type, so that the issues are not inside it. */
function isOfOtherType({ code, path }: ZodIssue): boolean {
  return (code === "invalid_type" || code === "invalid_value") && path.length === 0;
}

function isNoMap(issue: ZodIssue): boolean {
  return expects(issue, "object") || expects(issue, "record");
}

function expects({ code, path, ...issue }: ZodIssue, type: string): boolean {
  return (
    code === "invalid_type" && path.length === 0 && "expected" in issue && issue.expected === type
  );
}

/**
 * Returns the issues of the one alternative that is a list for a list, or a scalar for a scalar, if
 * the others are of another form.
 */
function fittingAlternative(
  alternatives: readonly (readonly ZodIssue[])[],
  form: "list" | "scalar",
): readonly ZodIssue[] | undefined {
  if (form === "list") {
    const lists = alternatives.filter((issues) => !issues.some(isOfOtherType));
    return lists.length === 1 ? lists[0] : undefined;
  }
  const isContainer = (issue: ZodIssue) => isNoMap(issue) || expects(issue, "array");
  const scalars = alternatives.filter((issues) => !issues.some(isContainer));
  const [only] = scalars.length < alternatives.length && scalars.length === 1 ? scalars : [];
  return only?.some(({ code }) => code === "invalid_value") === true ? undefined : only;
}

/**
 * Returns what is wrong with an id. Where a key may be an id or a word such as `*`, the id's
 * message is more specific.
 */
function innerMessage(issue: z.core.$ZodIssueInvalidKey): string {
  const messages = issue.issues.flatMap((inner) =>
    inner.code === "invalid_union"
      ? inner.errors.flat().map(({ message }) => message)
      : inner.message,
  );
  return (
    messages.find((message) => !message.startsWith("Invalid input")) ?? messages[0] ?? issue.message
  );
}
