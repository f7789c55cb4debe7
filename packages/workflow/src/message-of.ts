import { types } from "node:util";

/** Maximum length of the text of one thrown value, its causes included, in characters. */
const MAX_MESSAGE_CHARS = 100_000;

/** How many causes are read in all, and how many errors of an `AggregateError` are listed. */
const MAX_CAUSES = 8;
const MAX_ERRORS = 3;

/** How many values an object may contain to be shown as JSON. */
const MAX_JSON_VALUES = 1_000;

/** How many keys of a larger object are shown. */
const MAX_KEYS = 8;

/**
 * Returns the text of a thrown value, which may be anything, followed by the text of its causes:
 * `fetch failed: connect ECONNREFUSED 127.0.0.1:9`. The causes of an `AggregateError` are its first
 * errors. The text of an object that is not an error is its `message`, else its JSON, else its HTTP
 * status. A cause that repeats the text before it is omitted.
 *
 * Never throws: a property that cannot be read is skipped.
 */
export function messageOf(thrown: unknown): string {
  return shorten(textOf(thrown, new Set())) || "an empty string";
}

/**
 * Makes the rejection of a promise that an agent returned in a value, or threw, count as handled:
 * the attempt fails in any case, and an unhandled rejection would end the process.
 */
export function ignoreRejection(value: unknown): void {
  if (!types.isPromise(value)) return;
  try {
    void Promise.prototype.then.call(value, undefined, () => undefined);
  } catch {
    // The constructor of a subclass threw.
  }
}

/** Returns a property of any value; undefined if reading it throws. */
export function readProperty(value: unknown, name: PropertyKey): unknown {
  try {
    return (value as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

function textOf(thrown: unknown, seen: Set<unknown>): string {
  if (typeof thrown !== "object" || thrown === null) return shorten(asText(thrown));
  seen.add(thrown);
  const causes = [errorsOf(thrown, seen), causeOf(readProperty(thrown, "cause"), seen)];
  let text = shorten(messageIn(thrown));
  for (const cause of causes) {
    if (!text.includes(cause)) text = text === "" ? cause : `${withoutStop(text)}: ${cause}`;
  }
  return text === "" ? shorten(substituteFor(thrown)) : text;
}

function causeOf(cause: unknown, seen: Set<unknown>): string {
  if (cause === undefined || cause === null) return "";
  return seen.size > MAX_CAUSES || seen.has(cause) ? "" : textOf(cause, seen);
}

function errorsOf(thrown: object, seen: Set<unknown>): string {
  if (isError(thrown) && readProperty(thrown, "name") === "SuppressedError")
    return ["error", "suppressed"]
      .map((name) => causeOf(readProperty(thrown, name), seen))
      .filter((text) => text !== "")
      .join("; ");
  const errors = readProperty(thrown, "errors");
  const length = isError(thrown) ? readProperty(errors, "length") : undefined;
  if (typeof length !== "number" || typeof errors !== "object") return "";
  const texts = new Set<string>();
  for (let index = 0; index < Math.min(length, MAX_ERRORS); index += 1) {
    const text = causeOf(readProperty(errors, index), seen);
    if (text !== "") texts.add(text);
  }
  const more = length > MAX_ERRORS ? ` (and ${length - MAX_ERRORS} more)` : "";
  return texts.size === 0 ? "" : [...texts].join("; ") + more;
}

function messageIn(thrown: object): string {
  const message = readProperty(thrown, "message");
  if (typeof message !== "object") return message === undefined ? "" : asText(message);
  return message === null ? "" : (jsonOf(message) ?? "");
}

/** The text of an object without a message. */
function substituteFor(thrown: object): string {
  if (isError(thrown)) {
    for (const name of ["code", "name"]) {
      const text = readProperty(thrown, name);
      if (typeof text === "string" && text !== "") return text;
    }
  }
  const json = jsonOf(thrown);
  if (json !== undefined) return json;
  const status = readProperty(thrown, "status");
  const statusText = readProperty(thrown, "statusText");
  if (typeof status === "number")
    return `status ${status}${typeof statusText === "string" ? ` ${statusText}` : ""}`.trimEnd();
  const keys = keysOf(thrown);
  return keys.length === 0 ? asText(thrown) : `an object with ${keys.join(", ")}`;
}

/** The first keys of an object that is too large to be shown. */
function keysOf(thrown: object): readonly string[] {
  try {
    return Array.isArray(thrown) ? [] : Object.keys(thrown).slice(0, MAX_KEYS);
  } catch {
    return [];
  }
}

/** The object as JSON; undefined if it cannot be written, is too large, or would say nothing. */
function jsonOf(thrown: object): string | undefined {
  let left = MAX_JSON_VALUES;
  try {
    const json = JSON.stringify(thrown, (_key, value: unknown) => {
      left -= 1;
      if (left < 0) throw new RangeError("too many values");
      return value;
    }) as string | undefined;
    return json === "{}" || json === "[]" ? undefined : json;
  } catch {
    return undefined;
  }
}

function isError(value: unknown): boolean {
  try {
    return value instanceof Error || types.isNativeError(value);
  } catch {
    return false;
  }
}

function asText(value: unknown): string {
  try {
    const text = typeof value === "function" ? "a function" : String(value);
    const [, className] = /^\[object (\w+)\]$/.exec(text) ?? [];
    if (typeof value !== "object" || className === undefined) return text;
    return `an object of the class ${className} without a message`;
  } catch {
    return "a value that cannot be converted to text";
  }
}

function withoutStop(text: string): string {
  return text.endsWith(".") ? text.slice(0, -1) : text;
}

// Each part is shortened before it is joined, since the longest string is limited too.
function shorten(text: string): string {
  return text.length <= MAX_MESSAGE_CHARS
    ? text
    : `${text.slice(0, MAX_MESSAGE_CHARS)}… (shortened)`;
}
