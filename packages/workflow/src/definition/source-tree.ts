import type { Span } from "./SourceText.js";

export type Scalar = string | number | boolean | null;
export type Path = readonly (string | number)[];

/** A definition's text as data, each piece with its place. Both readers give this form. */
export type SourceNode =
  | {
      readonly kind: "scalar";
      readonly start: number;
      readonly end: number;
      readonly value: Scalar;
      readonly plain: boolean;
    }
  | {
      readonly kind: "list";
      readonly start: number;
      readonly end: number;
      readonly items: readonly SourceNode[];
    }
  | {
      readonly kind: "map";
      readonly start: number;
      readonly end: number;
      readonly entries: readonly SourceEntry[];
    };

export interface SourceEntry {
  readonly key: string;
  readonly keySpan: Span;
  readonly value: SourceNode;
}

/**
 * The plain value. The readers have checked depth and size. `__proto__` is left out: it has been reported, and
 * to set it would change the object instead of filling it.
 */
export function valueOf(node: SourceNode): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(valueOf);
    case "map": {
      const map: Record<string, unknown> = {};
      for (const { key, value } of node.entries) {
        if (key !== "__proto__") map[key] = valueOf(value);
      }
      return map;
    }
  }
}

const entriesByKey = new WeakMap<SourceNode, Map<string, SourceEntry>>();

/** The entry of a map; with the same key twice the last one, which is also the one that `valueOf` keeps. */
function entryOf(node: SourceNode | undefined, key: string): SourceEntry | undefined {
  if (node?.kind !== "map") return undefined;
  let index = entriesByKey.get(node);
  if (!index) {
    index = new Map(node.entries.map((entry) => [entry.key, entry]));
    entriesByKey.set(node, index);
  }
  return index.get(key);
}

function childOf(node: SourceNode, step: string | number): SourceNode | undefined {
  if (node.kind === "list") return typeof step === "number" ? node.items[step] : undefined;
  return entryOf(node, String(step))?.value;
}

function spanOf(node: SourceNode): Span {
  const first = node.kind === "map" ? node.entries[0] : undefined;
  return first ? first.keySpan : [node.start, node.kind === "scalar" ? node.end : node.start + 1];
}

/** The tree of a definition, for places: made when one is first asked for. Data without a fault never needs it. */
export class SourceTree {
  readonly #read: () => SourceNode;
  #root: SourceNode | undefined;

  constructor(read: () => SourceNode) {
    this.#read = read;
  }

  nodeAt(path: Path): SourceNode | undefined {
    let node: SourceNode | undefined = this.#top();
    for (const step of path) node = node && childOf(node, step);
    return node;
  }

  /** Where a path is: its value, or its key when asked for that; of what is not there, the nearest thing around it. */
  locate(path: Path, target: "key" | "value" = "value"): Span {
    let node = this.#top();
    for (const [depth, step] of path.entries()) {
      const entry = entryOf(node, String(step));
      if (target === "key" && depth === path.length - 1 && entry) return entry.keySpan;
      const child = childOf(node, step);
      if (!child) return spanOf(node);
      // An absent value has no width of its own: its key shows more.
      if (entry && child.start === child.end) return entry.keySpan;
      node = child;
    }
    return spanOf(node);
  }

  #top(): SourceNode {
    this.#root ??= this.#read();
    return this.#root;
  }
}
