import type { Span } from "../text/SourceText.js";

export type Scalar = string | number | boolean | null;

/** A text as data, with the location of each piece. Both readers produce this form. */
export type SourceNode = SourceScalar | SourceList | SourceMap;

export interface SourceScalar {
  /** Tells scalars from maps and lists. */
  readonly kind: "scalar";
  /** Includes quotes. Equal to `end` for a value that is not written. */
  readonly start: number;
  /** Where the scalar ends in the text. */
  readonly end: number;
  /** The value that the format gives it. */
  readonly value: Scalar;
  /** True if written without quotes. */
  readonly plain: boolean;
}

interface SourceList {
  readonly kind: "list";
  readonly start: number;
  readonly items: readonly SourceNode[];
}

interface SourceMap {
  readonly kind: "map";
  readonly start: number;
  readonly entries: readonly SourceEntry[];
}

export interface SourceEntry {
  /** The key. */
  readonly key: string;
  /** Where the key is in the text. */
  readonly keySpan: Span;
  /** The value. */
  readonly value: SourceNode;
}

/**
 * Returns the plain value. The readers have checked depth and size. The key `__proto__` is omitted:
 * it has already been reported, and setting it would replace the object's prototype instead of
 * adding a property.
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
