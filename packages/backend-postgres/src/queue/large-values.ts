import { createHash } from "node:crypto";

/** A value whose JSON is longer than this is stored by its digest, in characters. */
const INLINE_LIMIT = 64 * 1024;

/** How deep a value is taken apart; a deeper part is stored as a whole. */
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

/**
 * Takes the large parts out of a JSON value. The JSON of the whole value is never made: it may be
 * longer than a string can be.
 */
export function divide(value: unknown): DividedValue {
  const contents = new Map<string, string>();
  if (isSmall(value)) return { stored: { json: JSON.stringify(value) }, contents };
  const parts: LargePart[] = [];
  const json = write(value, []) ?? "null";
  return { stored: { json, ...(parts.length > 0 && { parts }) }, contents };

  function write(part: unknown, path: readonly string[]): string | undefined {
    if (typeof part === "string" && part.length > INLINE_LIMIT) return keep(part, path, true);
    if (typeof part !== "object" || part === null) return JSON.stringify(part);
    const before = parts.length;
    const json = path.length < MAX_DEPTH ? writeMembers(part, path) : JSON.stringify(part);
    // The request or the outcome itself stays, and so does what has large parts of its own.
    const mayMove = path.length > 0 && parts.length === before;
    return mayMove && json.length > INLINE_LIMIT ? keep(json, path) : json;
  }

  function writeMembers(part: object, path: readonly string[]): string {
    if (Array.isArray(part)) {
      const items = part.map((item, index) => write(item, [...path, String(index)]) ?? "null");
      return `[${items.join()}]`;
    }
    const members = Object.entries(part).flatMap(([key, member]) => {
      const json = write(member, [...path, key]);
      return json === undefined ? [] : `${JSON.stringify(key)}:${json}`;
    });
    return `{${members.join()}}`;
  }

  function keep(text: string, path: readonly string[], isText = false): string {
    const sha256 = createHash("sha256").update(text).digest("hex");
    contents.set(sha256, text);
    parts.push({ path, sha256, ...(isText && { isText: true as const }) });
    return "null";
  }
}

/** Puts the large parts back. Throws if the content of one is missing. */
export function assemble(stored: StoredValue, contents: ReadonlyMap<string, string>): unknown {
  let value = JSON.parse(stored.json) as unknown;
  // A request has a result twice: for the agent, who is given a copy, and for its templates.
  const parsed = new Map<string, unknown>();
  for (const { path, sha256, isText } of stored.parts ?? []) {
    const content = contents.get(sha256);
    if (content === undefined) throw new Error(`the content ${sha256} is no longer stored`);
    if (isText !== true && !parsed.has(sha256)) parsed.set(sha256, JSON.parse(content));
    value = placed(value, path, isText === true ? content : parsed.get(sha256));
  }
  return value;
}

/** Whether a value is certainly so small that its JSON is stored in the job. */
function isSmall(value: unknown): boolean {
  let left = INLINE_LIMIT / 2;
  const count = (part: unknown): boolean => {
    left -= typeof part === "string" ? part.length : 8;
    if (left < 0) return false;
    if (typeof part !== "object" || part === null) return true;
    return Object.entries(part).every(([key, member]) => {
      left -= key.length;
      return count(member);
    });
  };
  return count(value);
}

function placed(value: unknown, path: readonly string[], part: unknown): unknown {
  const last = path.at(-1);
  if (last === undefined) return part;
  let place = value as Record<string, unknown>;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string, unknown>;
  // A key such as `__proto__` is one like any other.
  const member = { value: part, enumerable: true, configurable: true, writable: true };
  Object.defineProperty(place, last, member);
  return value;
}
