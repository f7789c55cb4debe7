import type { IssueList, Path } from "../issues/IssueList.js";
import type { IssueKind } from "../issues/issue-kind.js";
import { TEXT_ISSUES } from "../issues/text-issues.js";
import { quoted, type Span } from "../text/SourceText.js";
import { ReadingEnded } from "./ReadingEnded.js";
import type { SourceNode } from "./source-node.js";
import { MAX_ALIASES, MAX_DEPTH, MAX_EXPANDED_LENGTH, MAX_EXPANDED_NODES } from "./text-limits.js";

/** The size of a value with its aliases expanded. */
interface Measure {
  readonly nodes: number;
  readonly length: number;
  readonly height: number;
}

const NOTHING: SourceNode = { kind: "scalar", start: 0, end: 0, value: null, plain: false };

/** The anchored values of one text. Limits how much data their aliases expand to. */
export class YamlAnchors {
  readonly #issues: IssueList;
  readonly #nodes = new Map<string, SourceNode | "open">();
  readonly #measures = new Map<SourceNode, Measure>();
  #aliasCount = 0;
  #addedNodes = 0;
  #addedLength = 0;

  constructor(issues: IssueList) {
    this.#issues = issues;
  }

  /** Marks the start of the anchor's value. An alias to it from inside would never end. */
  open(name: string): void {
    this.#nodes.set(name, "open");
  }

  close(name: string, node: SourceNode): void {
    this.#nodes.set(name, node);
  }

  /**
   * Returns the value that an alias refers to. Throws `ReadingEnded` if aliases expand to too much
   * data.
   */
  follow(name: string, path: Path, span: Span): SourceNode {
    this.#aliasCount += 1;
    if (this.#aliasCount > MAX_ALIASES)
      this.#end(TEXT_ISSUES.tooManyAliases, path, span, `more than ${MAX_ALIASES} aliases`);
    const target = this.#nodes.get(name);
    if (target === undefined || target === "open") {
      const why = target
        ? "is inside the value that it refers to"
        : "is not preceded by its anchor";
      const message = `the alias ${quoted(`*${name}`)} ${why}`;
      this.#issues.add(TEXT_ISSUES.badAlias, [...path], span, message);
      this.#issues.markWrong(path);
      return NOTHING;
    }
    const { nodes, length, height } = this.#measure(target);
    this.#addedNodes += nodes;
    this.#addedLength += length;
    if (this.#addedNodes > MAX_EXPANDED_NODES || this.#addedLength > MAX_EXPANDED_LENGTH) {
      const message = `aliases add more than ${MAX_EXPANDED_NODES} values, or 4 MiB of text`;
      this.#end(TEXT_ISSUES.tooManyAliases, path, span, message);
    }
    if (path.length + height > MAX_DEPTH) {
      const message = `with this alias, more than ${MAX_DEPTH} levels of lists and maps`;
      this.#end(TEXT_ISSUES.tooDeep, path, span, message);
    }
    return target;
  }

  #end(kind: IssueKind, path: Path, span: Span, message: string): never {
    this.#issues.add(kind, [...path], span, message);
    throw new ReadingEnded();
  }

  /** Cached for each node, so that aliases of aliases cost no more than the written text. */
  #measure(node: SourceNode): Measure {
    const known = this.#measures.get(node);
    if (known) return known;
    const children =
      node.kind === "list"
        ? node.items
        : node.kind === "map"
          ? node.entries.map(({ value }) => value)
          : [];
    const parts = children.map((child) => this.#measure(child));
    const measure = {
      nodes: parts.reduce((sum, part) => sum + part.nodes, 1),
      length: parts.reduce((sum, part) => sum + part.length, ownLength(node)),
      height: parts.reduce(
        (most, part) => Math.max(most, part.height + 1),
        node.kind === "scalar" ? 0 : 1,
      ),
    };
    this.#measures.set(node, measure);
    return measure;
  }
}

function ownLength(node: SourceNode): number {
  if (node.kind === "scalar") return typeof node.value === "string" ? node.value.length : 0;
  return node.kind === "map" ? node.entries.reduce((sum, { key }) => sum + key.length, 0) : 0;
}
