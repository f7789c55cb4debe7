import { types } from "node:util";

/** Maximum length of the text of one thrown value, its causes included, in characters. */
const MAX_MESSAGE_CHARS = 100_000;

/** How many causes are read in all, and how many errors of an `AggregateError` are listed. */
const MAX_CAUSES = 8;
const MAX_ERRORS = 3;

/** How many values an object may contain to be shown as JSON. */
const MAX_JSON_VALUES = 1_000;

/**
 * Returns the text of a thrown value, which may be anything, followed by the text of its causes:
 * `fetch failed: connect ECONNREFUSED 127.0.0.1:9`. The causes of an `AggregateError` are its first
 * errors. The text of an object that is not an error is its `message`, else its JSON, else its HTTP
 * status. A cause that repeats the text before it is omitted.
 *
 * Never throws: a property that cannot be read is skipped.
 */
export function messageOf(thrown: unknown): string {
  const reading: Reading = { seen: new Set(), droppedChars: 0 };
  const text = textOf(thrown, reading);
  const droppedChars = Math.max(0, text.length - MAX_MESSAGE_CHARS) + reading.droppedChars;
  if (droppedChars === 0) return text;
  return `${text.slice(0, MAX_MESSAGE_CHARS)}… (${droppedChars} more characters)`;
}

/**
 * Makes the rejection of a promise that an agent returned in a value, or threw, count as handled:
 * the attempt fails in any case, and an unhandled rejection would end the process.
 */
export function ignoreRejection(value: unknown): void {
  if (types.isPromise(value)) Promise.prototype.then.call(value, undefined, () => undefined);
}

interface Reading {
  readonly seen: Set<unknown>;
  /** Each text is cut before the texts are joined, because the whole could exceed any string. */
  droppedChars: number;
}

/** Returns a property of any value; undefined if reading it throws. */
export function readProperty(value: unknown, name: PropertyKey): unknown {
  try {
    return (value as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

function textOf(thrown: unknown, reading: Reading): string {
  if (typeof thrown !== "object" || thrown === null) return cut(asText(thrown), reading);
  reading.seen.add(thrown);
  const causes = [errorsOf(thrown, reading), causeOf(readProperty(thrown, "cause"), reading)];
  let text = cut(messageIn(thrown), reading);
  for (const cause of causes) {
    if (!text.includes(cause)) text = text === "" ? cause : `${withoutStop(text)}: ${cause}`;
  }
  return text === "" ? cut(substituteFor(thrown), reading) : text;
}

function cut(text: string, reading: Reading): string {
  if (text.length <= MAX_MESSAGE_CHARS) return text;
  reading.droppedChars += text.length - MAX_MESSAGE_CHARS;
  return text.slice(0, MAX_MESSAGE_CHARS);
}

function causeOf(cause: unknown, reading: Reading): string {
  const { seen } = reading;
  if (cause === undefined || cause === null) return "";
  return seen.size > MAX_CAUSES || seen.has(cause) ? "" : textOf(cause, reading);
}

function errorsOf(thrown: object, reading: Reading): string {
  if (isError(thrown) && readProperty(thrown, "name") === "SuppressedError") {
    const [error, suppressed] = ["error", "suppressed"].map((name) =>
      causeOf(readProperty(thrown, name), reading),
    );
    return [error, suppressed].filter((text) => text !== undefined && text !== "").join("; ");
  }
  const errors = readProperty(thrown, "errors");
  const length = isError(thrown) ? readProperty(errors, "length") : undefined;
  if (typeof length !== "number" || typeof errors !== "object") return "";
  const texts = new Set<string>();
  for (let index = 0; index < Math.min(length, MAX_ERRORS); index += 1) {
    const text = causeOf(readProperty(errors, index), reading);
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
  return asText(thrown);
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
    return "it threw a value that cannot be converted to text";
  }
}

function withoutStop(text: string): string {
  return text.endsWith(".") ? text.slice(0, -1) : text;
}
