import { createHash } from "node:crypto";

/** A value whose JSON is longer than this is stored by its digest, in characters. */
const INLINE_LIMIT = 64 * 1024;

/** How deep a value is taken apart before a whole part is stored by its digest. */
const MAX_DEPTH = 4;

/** Where in a value a part belongs that is stored by its digest. */
interface LargePart {
  readonly path: readonly string[];
  readonly sha256: string;
  /** The content is the text itself, not JSON. */
  readonly isText?: true;
}

/** A value as it is stored in a job: `json` has null in the place of each of `parts`. */
export interface StoredValue {
  readonly json: string;
  readonly parts?: readonly LargePart[];
}

/** A stored value, and the contents that it refers to by digest. */
export interface DividedValue {
  readonly stored: StoredValue;
  readonly contents: ReadonlyMap<string, string>;
}

/** Takes the large parts out of a JSON value. */
export function divide(value: unknown): DividedValue {
  const json = JSON.stringify(value);
  const contents = new Map<string, string>();
  if (json.length <= INLINE_LIMIT) return { stored: { json }, contents };
  const parts: LargePart[] = [];
  const rest = takeApart(value, json, []);
  return { stored: { json: JSON.stringify(rest), parts }, contents };

  function takeApart(part: unknown, text: string, path: readonly string[]): unknown {
    if (text.length <= INLINE_LIMIT) return part;
    if (typeof part === "string") return keep(part, path, true);
    if (path.length >= MAX_DEPTH) return keep(text, path);
    const copy: unknown[] | Record<string, unknown> = Array.isArray(part) ? [] : {};
    for (const [key, member] of Object.entries(part as object)) {
      const inner = JSON.stringify(member);
      // A key such as `__proto__` is one like any other.
      const left = inner === undefined ? null : takeApart(member, inner, [...path, key]);
      Object.defineProperty(copy, key, {
        value: left,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    }
    // Many small members may still be too large together; the first level must stay.
    if (path.length === 0 || JSON.stringify(copy).length <= INLINE_LIMIT) return copy;
    parts.splice(0, parts.length, ...parts.filter((one) => !isInside(one.path, path)));
    return keep(text, path);
  }

  function keep(text: string, path: readonly string[], isText = false): null {
    const sha256 = createHash("sha256").update(text).digest("hex");
    contents.set(sha256, text);
    parts.push({ path, sha256, ...(isText && { isText: true as const }) });
    return null;
  }
}

/** Puts the large parts back. Throws if the content of one is missing. */
export function assemble(stored: StoredValue, contents: ReadonlyMap<string, string>): unknown {
  let value = JSON.parse(stored.json) as unknown;
  for (const { path, sha256, isText } of stored.parts ?? []) {
    const content = contents.get(sha256);
    if (content === undefined) throw new Error(`the content ${sha256} is no longer stored`);
    const part = isText === true ? content : (JSON.parse(content) as unknown);
    value = placed(value, path, part);
  }
  return value;
}

function placed(value: unknown, path: readonly string[], part: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return part;
  let place = value as Record<string, unknown>;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
  Object.defineProperty(place, last, {
    value: part,
    enumerable: true,
    configurable: true,
    writable: true,
  });
  return value;
}

function isInside(path: readonly string[], outer: readonly string[]): boolean {
  return outer.every((key, index) => path[index] === key);
}
