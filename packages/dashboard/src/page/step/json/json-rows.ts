/** A line of a JSON tree. */
export interface JsonRow {
  /** The JSON pointer of its value, which identifies the row; that of a part of a text is longer. */
  readonly pointer: string;
  readonly depth: number;
  /** The key or the index; absent for the whole value and for a part of a text. */
  readonly key?: string | number;
  readonly kind: "object" | "array" | "string" | "number" | "boolean" | "null" | "part";
  /** What is shown after the key: `"draft"`, `{3}`, `[12]`. */
  readonly text: string;
  /** Whether its inner rows are shown; absent if it has none. */
  readonly isOpen?: boolean;
  readonly value: unknown;
}

/** The longest text that stands on one line. */
const LINE = 160;

/** The largest value that is shown as a tree: its values, and the length of its JSON text. */
export const NODE_LIMIT = 20_000;
const TEXT_LIMIT = 2_000_000;

/** Values that are opened at first have at most this many rows together. */
const OPEN_ROWS = 200;

/** Counts the values inside a value, but not further than `limit`. */
export function countNodes(value: unknown, limit = NODE_LIMIT + 1): number {
  let count = 0;
  const rest = [value];
  while (rest.length > 0 && count < limit) {
    const next = rest.pop();
    count += 1;
    if (typeof next === "object" && next !== null)
      for (const inner of Object.values(next)) {
        if (rest.length + count >= limit) break;
        rest.push(inner);
      }
  }
  return rest.length > 0 && count < limit ? limit : count;
}

/** Whether a value is small enough to be shown as a tree. */
export function isShowable(value: unknown, bytes: number): boolean {
  return bytes <= TEXT_LIMIT && countNodes(value) <= NODE_LIMIT;
}

/** The rows of a value. `folds` holds the pointers whose state differs from the first one. */
export function jsonRows(value: unknown, folds: ReadonlySet<string>): readonly JsonRow[] {
  const rows: JsonRow[] = [];
  const openDepth = depthToOpen(value);
  const add = (each: unknown, pointer: string, depth: number, key?: string | number): void => {
    const named = key === undefined ? {} : { key };
    const { kind, text, size } = describe(each);
    if (size === 0) {
      rows.push({ pointer, depth, ...named, kind, text, value: each });
      return;
    }
    const isFirst = kind !== "string" && depth < openDepth;
    const isOpen = isFirst !== folds.has(pointer);
    rows.push({ pointer, depth, ...named, kind, text, isOpen, value: each });
    if (!isOpen) return;
    if (typeof each === "string") {
      for (const [index, part] of linesOf(each).entries())
        rows.push({
          ...{ pointer: `${pointer}\n${index}`, depth: depth + 1, kind: "part" },
          ...{ text: part, value: part },
        });
      return;
    }
    const isList = Array.isArray(each);
    for (const [name, inner] of Object.entries(each as Readonly<Record<string, unknown>>))
      add(inner, `${pointer}/${escape(name)}`, depth + 1, isList ? Number(name) : name);
  };
  add(value, "", 0);
  return rows;
}

/** How deep a value is opened at first: as far as the rows stay few. */
function depthToOpen(value: unknown): number {
  let level: unknown[] = [value];
  let rows = 1;
  for (let depth = 0; depth < 6; depth += 1) {
    const next: unknown[] = [];
    for (const each of level)
      if (typeof each === "object" && each !== null)
        for (const inner of Object.values(each)) {
          next.push(inner);
          if (rows + next.length > OPEN_ROWS) return Math.max(1, depth);
        }
    if (next.length === 0) return depth;
    rows += next.length;
    level = next;
  }
  return 6;
}

function describe(value: unknown): {
  readonly kind: JsonRow["kind"];
  readonly text: string;
  /** How many rows it has inside; 0 if there is nothing to open. */
  readonly size: number;
} {
  if (value === null || value === undefined) return { kind: "null", text: "null", size: 0 };
  if (Array.isArray(value))
    return {
      kind: "array",
      text: `[${value.length === 0 ? "" : value.length}]`,
      size: value.length,
    };
  if (typeof value === "object") {
    const size = Object.keys(value).length;
    return { kind: "object", text: `{${size === 0 ? "" : size}}`, size };
  }
  if (typeof value === "string") {
    const isLong = value.length > LINE || value.includes("\n");
    const first = isLong ? `${value.slice(0, LINE).split("\n", 1)[0] ?? ""}…` : value;
    return { kind: "string", text: JSON.stringify(first), size: isLong ? 1 : 0 };
  }
  const kind = typeof value === "number" ? "number" : "boolean";
  return { kind, text: JSON.stringify(value), size: 0 };
}

/** The lines of a text; a long line is divided. */
function linesOf(text: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    if (line.length <= LINE) return [line];
    const parts: string[] = [];
    for (let at = 0; at < line.length; ) {
      // Both halves of a character beyond the first plane stay together.
      const end = /[\ud800-\udbff]/.test(line.charAt(at + LINE - 1)) ? at + LINE + 1 : at + LINE;
      parts.push(line.slice(at, end));
      at = end;
    }
    return parts;
  });
}

function escape(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The path of a value in an expression: `steps.design.output.tables[0].name`. */
export function expressionPath(root: string, pointer: string): string {
  const keys = (pointer.split("\n", 1)[0] ?? "").split("/").slice(1);
  return keys.reduce((path, each) => {
    const key = each.replaceAll("~1", "/").replaceAll("~0", "~");
    if (/^\d+$/.test(key)) return `${path}[${key}]`;
    return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
  }, root);
}
