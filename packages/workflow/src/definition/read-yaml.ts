import type { Alias, Node, ParsedNode, YAMLMap, YAMLSeq, Scalar as YamlScalar } from "yaml";
import { isAlias, isMap, isScalar, isSeq } from "yaml";
import { checkNumber, checkString, refuseBadText } from "./check-characters.js";
import { checkKey } from "./check-key.js";
import { composeYaml } from "./compose-yaml.js";
import { MAX_DEPTH, MAX_EXPANDED_LENGTH, MAX_EXPANDED_NODES } from "./definition-limits.js";
import type { IssueList } from "./IssueList.js";
import type { Span } from "./SourceText.js";
import { quoted } from "./SourceText.js";
import type { Scalar, SourceEntry, SourceNode } from "./source-tree.js";

const TAGS = new Set(
  ["str", "int", "float", "bool", "null", "map", "seq"].map((name) => `tag:yaml.org,2002:${name}`),
).add("!");

/** Reads YAML 1.2: one document, no tags but those of the core, aliases within limits. */
export function readYaml(issues: IssueList): SourceNode | undefined {
  if (refuseBadText(issues)) return undefined;
  const document = composeYaml(issues);
  if (!document) return undefined;
  try {
    return new YamlConversion(issues).convert(document.contents, [], 0);
  } catch (error) {
    if (error instanceof TooMuch) return undefined;
    throw error;
  }
}

/** Thrown once the reason has been reported: to go on would cost more than it tells. */
class TooMuch extends Error {}

/** What a node holds with its aliases followed. */
interface Measure {
  readonly nodes: number;
  readonly length: number;
  readonly height: number;
}

/** The recursion is at most `MAX_DEPTH` deep: the composer has seen to that for what is written, `#followAlias` for the rest. */
class YamlConversion {
  readonly #issues: IssueList;
  readonly #anchors = new Map<string, SourceNode | "open">();
  readonly #measures = new Map<SourceNode, Measure>();
  #addedNodes = 0;
  #addedLength = 0;

  constructor(issues: IssueList) {
    this.#issues = issues;
  }

  convert(node: ParsedNode | null, path: (string | number)[], at: number): SourceNode {
    if (!node) return { kind: "scalar", start: at, end: at, value: null, plain: true };
    if (isAlias(node)) return this.#followAlias(node, path);
    if (node.anchor) this.#anchors.set(node.anchor, "open");
    const converted = this.#convertOwn(node, path);
    if (node.anchor) this.#anchors.set(node.anchor, converted);
    return converted;
  }

  #convertOwn(
    node: YamlScalar.Parsed | YAMLMap.Parsed | YAMLSeq.Parsed,
    path: (string | number)[],
  ): SourceNode {
    const [start, end] = node.range;
    if (node.tag && !TAGS.has(node.tag)) {
      this.#issues.add(
        "unknownTag",
        path,
        [start, Math.max(end, start + 1)],
        `the tag ${quoted(node.tag)} means nothing here`,
      );
      this.#issues.markWrong(path);
      return { kind: "scalar", start, end, value: null, plain: false };
    }
    if (isScalar(node)) return this.#convertScalar(node, path);
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.convert(item, [...path, index], start));
      return { kind: "list", start, end, items };
    }
    return { kind: "map", start, end, entries: this.#convertEntries(node, path) };
  }

  #convertScalar(node: YamlScalar.Parsed, path: (string | number)[]): SourceNode {
    const [start, end] = node.range;
    const { value } = asScalar(node);
    const span: Span = [start, Math.max(end, start + 1)];
    if (typeof value === "string") checkString(value, path, span, this.#issues);
    if (typeof value === "number") checkNumber(value, node.source, path, span, this.#issues);
    return asScalar(node);
  }

  #convertEntries(map: YAMLMap.Parsed, path: (string | number)[]): SourceEntry[] {
    const entries: SourceEntry[] = [];
    const keys = new Set<string>();
    for (const pair of map.items) {
      const keyNode = pair.key;
      const [start, end] = keyNode.range;
      const keySpan: Span = [start, Math.max(end, start + 1)];
      if (!isScalar(keyNode) || keyNode.source === "") {
        this.#refuseKey(map, keyNode, path, keySpan);
        continue;
      }
      const key = typeof keyNode.value === "string" ? keyNode.value : keyNode.source;
      if (keyNode.anchor) this.#anchors.set(keyNode.anchor, asScalar(keyNode));
      const entryPath = [...path, key];
      checkKey(key, keys, entryPath, keySpan, this.#issues);
      entries.push({ key, keySpan, value: this.convert(pair.value, entryPath, end) });
    }
    return entries;
  }

  #refuseKey(map: YAMLMap.Parsed, key: Node, path: (string | number)[], span: Span): void {
    this.#issues.markWrong(path);
    const [start, end] = map.range;
    const { text } = this.#issues.source;
    // `{{ x }}` is a map whose only key is the map `{x: null}`.
    if (isMap(key) && /^\{\s*\{/.test(text.slice(start, end))) {
      const close = text.startsWith("}}", end - 2) ? end : Math.min(end, start + 2);
      const written = text.slice(start, close);
      this.#issues.add(
        "unquotedBraces",
        path,
        [start, close],
        `${quoted(written)} without quotes is a map in YAML, not text`,
        `quote the text; for a reference write ${quoted(`"\${{ ${written.replace(/^\{+\s*|\s*\}+$/g, "")} }}"`)}`,
      );
      return;
    }
    this.#issues.add(
      "badKey",
      path,
      span,
      isScalar(key) ? "a key is missing before the `:`" : "this key is not text",
    );
  }

  #followAlias(alias: Alias.Parsed, path: (string | number)[]): SourceNode {
    const [start, end] = alias.range;
    const target = this.#anchors.get(alias.source);
    if (target === undefined || target === "open") {
      const why = target ? "stands for something that contains it" : "has no anchor before it";
      this.#issues.add(
        "badAlias",
        path,
        [start, end],
        `the alias ${quoted(`*${alias.source}`)} ${why}`,
      );
      this.#issues.markWrong(path);
      return { kind: "scalar", start, end, value: null, plain: false };
    }
    const { nodes, length, height } = this.#measure(target);
    this.#addedNodes += nodes;
    this.#addedLength += length;
    if (this.#addedNodes > MAX_EXPANDED_NODES || this.#addedLength > MAX_EXPANDED_LENGTH) {
      this.#stop(
        "tooManyAliases",
        path,
        [start, end],
        `aliases add more than ${MAX_EXPANDED_NODES} values, or 4 MiB of text`,
      );
    }
    if (path.length + height > MAX_DEPTH) {
      this.#stop(
        "tooDeep",
        path,
        [start, end],
        `with this alias, more than ${MAX_DEPTH} levels of lists and maps`,
      );
    }
    return { ...target, start, end };
  }

  #stop(
    name: "tooManyAliases" | "tooDeep",
    path: (string | number)[],
    span: Span,
    message: string,
  ): never {
    this.#issues.add(name, path, span, message);
    throw new TooMuch();
  }

  /** Kept per node, so that aliases of aliases cost what is written and not what they stand for. */
  #measure(node: SourceNode): Measure {
    const known = this.#measures.get(node);
    if (known) return known;
    const children =
      node.kind === "list"
        ? node.items
        : node.kind === "map"
          ? node.entries.map(({ value }) => value)
          : [];
    const keys =
      node.kind === "map" ? node.entries.reduce((sum, { key }) => sum + key.length, 0) : 0;
    const own = node.kind === "scalar" && typeof node.value === "string" ? node.value.length : keys;
    const parts = children.map((child) => this.#measure(child));
    const measure = {
      nodes: parts.reduce((sum, part) => sum + part.nodes, 1),
      length: parts.reduce((sum, part) => sum + part.length, own),
      height: parts.reduce(
        (most, part) => Math.max(most, part.height + 1),
        node.kind === "scalar" ? 0 : 1,
      ),
    };
    this.#measures.set(node, measure);
    return measure;
  }
}

function asScalar({
  range: [start, end],
  value,
  type,
}: YamlScalar.Parsed): SourceNode & { readonly kind: "scalar" } {
  return { kind: "scalar", start, end, value: value as Scalar, plain: type === "PLAIN" };
}
