import { types } from "node:util";
import { ignoreRejection, messageOf, readProperty } from "./message-of.js";

/**
 * How many arrays and objects a value from outside may nest, the outermost included. SQLite reads
 * JSON of up to 1,000 levels, and a journal entry or a checkpoint adds a few of its own.
 */
export const MAX_VALUE_DEPTH = 500;

/** Maximum length of a value from outside, in characters of JSON. */
export const MAX_VALUE_CHARS = 100_000_000;

/** How many elements of a path a message shows, from the start and from the end. */
const FIRST_ELEMENTS = 8;
const LAST_ELEMENTS = 2;
const MAX_NAME_CHARS = 60;

/** The JSON text of a value, or why JSON cannot contain all of it. */
export type ExactJson = { readonly ok: true; readonly text: string } | InexactJson;

/** The first part of a value that JSON cannot contain. */
export interface InexactJson {
  readonly ok: false;
  readonly kind: "lost" | "unreadable" | "deep" | "long";
  /** A clause with the path of the part. */
  readonly problem: string;
  /** What to do instead, as a sentence. */
  readonly remedy: string;
}

export interface WriteExactJsonOptions {
  /** The start of each path. Default `$`. */
  readonly root?: string;
  /** True if each member is a value of its own, with its own levels: the inputs of a run. */
  readonly isMap?: boolean;
  /** The indent of the text, as in `JSON.stringify`. */
  readonly indent?: number;
}

/**
 * Writes a value as JSON. Refuses a value that the text would not contain in full, and names the
 * first part that would be lost: `$.items[3].when is an object of the class Map`.
 *
 * JSON contains null, strings, booleans, finite numbers, and arrays and plain objects of these. A
 * value with a `toJSON` method, such as a Date, is replaced with what the method returns.
 * Properties that are undefined or not enumerable are left out. The value may have at most
 * `MAX_VALUE_DEPTH` levels and `MAX_VALUE_CHARS` characters.
 *
 * Never throws, even if a getter, a proxy or `toJSON` does.
 */
export function writeExactJson(value: unknown, options: WriteExactJsonOptions = {}): ExactJson {
  const simple = textOfSimple(value);
  if (simple !== undefined) return { ok: true, text: simple };
  const { root = "$", isMap = false, indent } = options;
  // A map of values is not a level of these values.
  const depth = isMap ? -1 : 0;
  let walk: Walk = { charsLeft: MAX_VALUE_CHARS, isCopying: false };
  let fault = faultIn(value, "", depth, walk);
  if (walk.metToJson === true) {
    walk = { charsLeft: MAX_VALUE_CHARS, isCopying: true };
    fault = faultIn(value, "", depth, walk);
  }
  if (fault !== undefined) {
    ignoreRejectionsIn(value);
    return describe(fault, root);
  }
  try {
    const checked = walk.isCopying ? walk.copy : value;
    const text = JSON.stringify(checked, undefined, indent) as string | undefined;
    if (text === undefined) return describe(faultOf("lost", "undefined"), root);
    return text.length > MAX_VALUE_CHARS ? describe(faultOf("long"), root) : { ok: true, text };
  } catch (error) {
    // After the walk, only escapes can make the text longer than the platform's longest string.
    const isTooLong = error instanceof RangeError;
    return describe(isTooLong ? faultOf("long") : faultOf("unreadable", messageOf(error)), root);
  }
}

// Most results are texts, and need no walk. The limit leaves room for escapes.
function textOfSimple(value: unknown): string | undefined {
  const isSimple =
    typeof value === "string"
      ? value.length < MAX_VALUE_CHARS / 10
      : typeof value === "boolean" || value === null || Number.isFinite(value);
  return isSimple ? JSON.stringify(value) : undefined;
}

interface Fault {
  readonly kind: InexactJson["kind"];
  /** A description of the part, or why it cannot be read. */
  readonly what: string;
  /** From the inside out, like the objects that contain the part. */
  readonly path: PropertyKey[];
  readonly parents: unknown[];
}

/** The state of one walk through a value. */
interface Walk {
  /** The rest of `MAX_VALUE_CHARS`. Bounds the walk of a value that contains one part many times. */
  charsLeft: number;
  /**
   * Whether the walk copies the value. `toJSON` may return something else when it is called again,
   * so what it returned is written. A walk that does not copy ends at the first `toJSON`.
   */
  readonly isCopying: boolean;
  /** True if the walk has ended at a `toJSON`. */
  metToJson?: boolean;
  /** The copy of the part that was walked last. */
  copy?: unknown;
}

// Recursive, which is faster than a list of open objects. The depth is limited.
function faultIn(
  value: unknown,
  key: string | number,
  depth: number,
  walk: Walk,
): Fault | undefined {
  walk.charsLeft -= 2;
  if (walk.charsLeft < 0) return faultOf("long");
  if (walk.isCopying) walk.copy = value;
  switch (typeof value) {
    case "string":
      walk.charsLeft -= value.length;
      return walk.charsLeft < 0 ? faultOf("long") : undefined;
    case "number":
      return Number.isFinite(value) ? undefined : faultOf("lost", String(value));
    case "boolean":
      return undefined;
    case "symbol":
      return faultOf("lost", "a symbol");
    default:
      if (value === null || value === undefined) return undefined;
      try {
        return faultInObject(value, key, depth, walk);
      } catch (error) {
        return faultOf("unreadable", messageOf(error));
      }
  }
}

function faultInObject(
  value: object | bigint,
  key: string | number,
  depth: number,
  walk: Walk,
): Fault | undefined {
  const { toJSON } = value as { readonly toJSON?: unknown };
  let written: unknown = value;
  if (typeof toJSON === "function") {
    if (!walk.isCopying) {
      walk.metToJson = true;
      return faultOf("unreadable");
    }
    written = toJSON.call(value, String(key)) as unknown;
    // JSON writes an invalid date as null, and undefined in an array too.
    if (written === null && types.isDate(value)) return faultOf("lost", "an invalid Date");
    if (written === undefined && typeof key === "number") return faultOf("lost", "undefined");
    walk.copy = written;
  }
  switch (typeof written) {
    case "object":
      break;
    case "bigint":
    case "function":
      // JSON does not call the `toJSON` of what a `toJSON` returned.
      return faultOf("lost", nameOf(written));
    default:
      return faultIn(written, key, depth, walk);
  }
  if (written === null) return undefined;
  if (depth >= MAX_VALUE_DEPTH) return faultOf("deep");
  if (Array.isArray(written)) return faultInArray(written, depth + 1, walk);
  if (!isPlain(written)) return faultOf("lost", nameOf(written));
  return faultInMembers(written as Readonly<Record<string, unknown>>, depth + 1, walk);
}

function faultInArray(array: readonly unknown[], depth: number, walk: Walk): Fault | undefined {
  // Each element has a comma. A proxy may claim to have any number of elements.
  if (array.length > walk.charsLeft && Object.hasOwn(array, 0)) return faultOf("long");
  const copy: unknown[] | undefined = walk.isCopying ? [] : undefined;
  for (let index = 0; index < array.length; index += 1) {
    const element = array[index];
    const fault =
      element === undefined
        ? faultOf("lost", Object.hasOwn(array, index) ? "undefined" : "an empty slot of an array")
        : faultIn(element, index, depth, walk);
    if (fault !== undefined) return inside(array, index, fault);
    copy?.push(walk.copy);
  }
  if (copy !== undefined) walk.copy = copy;
  // JSON writes only the elements: the `groups` of a match, for example, would be lost.
  const extra = Object.keys(array)[array.length];
  if (extra !== undefined) return inside(array, extra, faultOf("lost", "a property of an array"));
  return faultInSymbols(array);
}

function faultInMembers(
  members: Readonly<Record<string, unknown>>,
  depth: number,
  walk: Walk,
): Fault | undefined {
  // Without a prototype, so that `__proto__` is an ordinary key.
  const copy: Record<string, unknown> | undefined = walk.isCopying
    ? (Object.create(null) as Record<string, unknown>)
    : undefined;
  for (const key of Object.keys(members)) {
    walk.charsLeft -= key.length;
    let fault: Fault | undefined;
    try {
      const member = members[key];
      // A `toJSON` that returns a copy of its object returns itself too.
      if (key === "toJSON" && typeof member === "function") continue;
      fault = faultIn(member, key, depth, walk);
    } catch (error) {
      fault = faultOf("unreadable", messageOf(error));
    }
    if (fault !== undefined) return inside(members, key, fault);
    if (copy !== undefined) copy[key] = walk.copy;
  }
  if (copy !== undefined) walk.copy = copy;
  return faultInSymbols(members);
}

function faultInSymbols(value: object): Fault | undefined {
  const symbols = Object.getOwnPropertySymbols(value);
  if (symbols.length === 0) return undefined;
  const symbol = symbols.find((key) => Object.prototype.propertyIsEnumerable.call(value, key));
  return symbol && inside(value, symbol, faultOf("lost", "a property whose key is a symbol"));
}

/** Whether the object has no class: its prototype is null, or `Object.prototype` of any realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return true;
  return (
    Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, "isPrototypeOf")
  );
}

/** How many parts of a refused value are searched for promises. */
const MAX_SEARCHED = 100_000;

// The value is refused at its first promise, but each of its promises may still reject.
function ignoreRejectionsIn(value: unknown): void {
  const parts = [value];
  const seen = new Set<unknown>();
  while (parts.length > 0) {
    const part = parts.pop();
    if (typeof part !== "object" || part === null || seen.has(part)) continue;
    if (seen.size >= MAX_SEARCHED) return;
    seen.add(part);
    ignoreRejection(part);
    for (const inner of partsOf(part)) if (parts.length < MAX_SEARCHED) parts.push(inner);
  }
}

function partsOf(value: object): Iterable<unknown> {
  try {
    return types.isMap(value) || types.isSet(value) ? value.values() : Object.values(value);
  } catch {
    return [];
  }
}

function faultOf(kind: Fault["kind"], what = ""): Fault {
  return { kind, what, path: [], parents: [] };
}

function inside(parent: object, key: PropertyKey, fault: Fault): Fault {
  fault.path.push(key);
  fault.parents.push(parent);
  return fault;
}

function describe({ kind, what, path, parents }: Fault, root: string): InexactJson {
  const place = `\`${pathText(root, path.reverse())}\``;
  switch (kind) {
    case "lost":
      return { ok: false, kind, problem: `${place} is ${what}`, remedy: USE_JSON };
    case "unreadable":
      return { ok: false, kind, problem: `${place} cannot be read: ${what}`, remedy: USE_JSON };
    case "deep": {
      const cyclic = pathToCycle(path, parents.reverse());
      if (cyclic !== undefined) {
        const problem = `\`${pathText(root, cyclic)}\` contains itself`;
        return { ok: false, kind: "lost", problem, remedy: USE_JSON };
      }
      const problem = `${place} is nested more than ${MAX_VALUE_DEPTH} levels deep`;
      const remedy = "Use fewer levels of arrays and objects, or write the inner ones as text.";
      return { ok: false, kind, problem, remedy };
    }
    case "long": {
      const problem = `\`${root}\` is longer than the limit of ${MAX_VALUE_CHARS} characters`;
      const remedy = "Write it to a file, and use the path of the file.";
      return { ok: false, kind, problem, remedy };
    }
  }
}

/** The path to the first parent that occurs again below itself. Both lists begin outside. */
function pathToCycle(
  path: readonly PropertyKey[],
  parents: readonly unknown[],
): readonly PropertyKey[] | undefined {
  const depths = new Map<unknown, number>();
  for (const [depth, parent] of parents.entries()) {
    const first = depths.get(parent);
    if (first !== undefined) return path.slice(0, first);
    depths.set(parent, depth);
  }
  return undefined;
}

const USE_JSON =
  "Use only plain objects, arrays, strings, finite numbers, booleans and null; convert every " +
  "other value to one of these.";

function pathText(root: string, path: readonly PropertyKey[]): string {
  if (path.length <= FIRST_ELEMENTS + LAST_ELEMENTS) return root + path.map(elementText).join("");
  const first = path.slice(0, FIRST_ELEMENTS).map(elementText).join("");
  return `${root}${first}…${path.slice(-LAST_ELEMENTS).map(elementText).join("")}`;
}

function elementText(element: PropertyKey): string {
  if (typeof element !== "string") return `[${shorten(String(element))}]`;
  const name = shorten(element);
  return /^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return `a ${typeof value}`;
  if (types.isPromise(value) || typeof readProperty(value, "then") === "function")
    return "a promise that was not awaited";
  const name = readProperty(readProperty(value, "constructor"), "name");
  if (name === "Object") return "an object that inherits from another one";
  const isNamed = typeof name === "string" && name !== "";
  const className = isNamed ? name : Object.prototype.toString.call(value).slice(8, -1);
  return `an object of the class ${shorten(className)}`;
}

function shorten(text: string): string {
  return text.length <= MAX_NAME_CHARS ? text : `${text.slice(0, MAX_NAME_CHARS)}…`;
}
