import type { Path } from "../issues/IssueList.js";
import type { Span } from "../text/SourceText.js";
import type { SourceEntry, SourceNode } from "./source-node.js";

/**
 * The tree of a text, used to locate values. It is built on first use, because valid data never
 * needs it.
 */
export class SourceTree {
  readonly #read: () => SourceNode;
  #root: SourceNode | undefined;
  /** Entries by key, for each map that was searched. */
  readonly #entries = new WeakMap<SourceNode, Map<string, SourceEntry>>();

  constructor(read: () => SourceNode) {
    this.#read = read;
  }

  /** Returns the node at a path; undefined if there is no such node. */
  nodeAt(path: Path): SourceNode | undefined {
    let node: SourceNode | undefined = this.#top();
    for (const step of path) node = node && this.#child(node, step);
    return node;
  }

  /**
   * Returns the location of the value at the path, or of its key. If the value does not exist,
   * returns the location of the nearest enclosing value.
   */
  locate(path: Path, target: "key" | "value" = "value"): Span {
    let node = this.#top();
    for (const [depth, step] of path.entries()) {
      const entry = this.#entry(node, String(step));
      if (target === "key" && depth === path.length - 1 && entry) return entry.keySpan;
      const child = this.#child(node, step);
      if (!child) return spanOf(node);
      // An absent value has no width, so its key is shown instead.
      if (entry && child.kind === "scalar" && child.start === child.end) return entry.keySpan;
      node = child;
    }
    return spanOf(node);
  }

  #top(): SourceNode {
    this.#root ??= this.#read();
    return this.#root;
  }

  #child(node: SourceNode, step: string | number): SourceNode | undefined {
    if (node.kind === "list") return typeof step === "number" ? node.items[step] : undefined;
    return this.#entry(node, String(step))?.value;
  }

  /** If a key appears twice, the last entry counts, as in `valueOf`. */
  #entry(node: SourceNode, key: string): SourceEntry | undefined {
    if (node.kind !== "map") return undefined;
    let index = this.#entries.get(node);
    if (!index) {
      index = new Map(node.entries.map((entry) => [entry.key, entry]));
      this.#entries.set(node, index);
    }
    return index.get(key);
  }
}

function spanOf(node: SourceNode): Span {
  if (node.kind === "scalar") return [node.start, node.end];
  const first = node.kind === "map" ? node.entries[0] : undefined;
  return first ? first.keySpan : [node.start, node.start + 1];
}
