import { types } from "node:util";
import { groupDigits } from "./group-digits.js";

/** Maximum length of the text of one thrown value, its causes included, in characters. */
const MAX_MESSAGE_CHARS = 100_000;

/** How far a cut may move to fall between two words, in characters. */
const MAX_WORD_CHARS = 200;

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
 * status. A cause that repeats the text before it is omitted. Of a text longer than `maxChars`, by
 * default 100,000, the first and the last part are returned, and between them a line that says how
 * much was cut.
 *
 * Never throws: a property that cannot be read is skipped.
 */
export function messageOf(thrown: unknown, maxChars = MAX_MESSAGE_CHARS): string {
  const reader = new MessageReader(maxChars);
  const text = reader.textOf(thrown);
  return cutMiddle(text, maxChars, reader.cutCount) || "an empty string";
}

/**
 * The first and the last part of a text that is longer than `maxChars`, and between them a line
 * that says how many characters were cut, including `cutBefore`. The cuts are between words, unless
 * a word is very long.
 */
export function cutMiddle(text: string, maxChars: number, cutBefore = 0): string {
  if (text.length <= maxChars) return text;
  const half = Math.floor(maxChars / 2);
  const reach = Math.min(MAX_WORD_CHARS, half);
  const before = text.slice(half - reach, half).search(/\s\S*$/);
  const first = text.slice(0, before < 0 ? half : half - reach + before);
  const after = text.slice(text.length - half, text.length - half + reach).search(/\s/);
  const last = text.slice(text.length - half + after + 1);
  const count = text.length - first.length - last.length + cutBefore;
  const mark = `[… ${groupDigits(count)} characters …]`;
  return `${first.toWellFormed()}\n${mark}\n${last.toWellFormed()}`;
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

/** Whether a text that `messageOf` returned may have been cut: cuts are between words. */
export function isCutMessage(text: string): boolean {
  return text.length > MAX_MESSAGE_CHARS - 3 * MAX_WORD_CHARS;
}

/** Returns a property of any value; undefined if reading it throws. */
export function readProperty(value: unknown, name: PropertyKey): unknown {
  try {
    return (value as Readonly<Record<PropertyKey, unknown>> | null | undefined)?.[name];
  } catch {
    return undefined;
  }
}

/** Reads a thrown value and its causes. */
class MessageReader {
  readonly #maxChars: number;
  readonly #seen = new Set<unknown>();
  /** How many characters the parts have lost. */
  cutCount = 0;

  /** Each part is cut before it is joined, since the longest string is limited too. */
  constructor(maxChars: number) {
    this.#maxChars = maxChars;
  }

  textOf(thrown: unknown): string {
    if (typeof thrown !== "object" || thrown === null) return this.#cut(asText(thrown));
    this.#seen.add(thrown);
    const causes = [this.#errorsOf(thrown), this.#causeOf(readProperty(thrown, "cause"))];
    let text = this.#cut(messageIn(thrown));
    for (const cause of causes) {
      if (!text.includes(cause)) text = text === "" ? cause : `${withoutStop(text)}: ${cause}`;
    }
    return text === "" ? this.#cut(substituteFor(thrown)) : text;
  }

  #causeOf(cause: unknown): string {
    if (cause === undefined || cause === null) return "";
    return this.#seen.size > MAX_CAUSES || this.#seen.has(cause) ? "" : this.textOf(cause);
  }

  #errorsOf(thrown: object): string {
    if (isError(thrown) && readProperty(thrown, "name") === "SuppressedError")
      return ["error", "suppressed"]
        .map((name) => this.#causeOf(readProperty(thrown, name)))
        .filter((text) => text !== "")
        .join("; ");
    const errors = readProperty(thrown, "errors");
    const length = isError(thrown) ? readProperty(errors, "length") : undefined;
    if (typeof length !== "number" || typeof errors !== "object") return "";
    const texts = new Set<string>();
    for (let index = 0; index < Math.min(length, MAX_ERRORS); index += 1) {
      const text = this.#causeOf(readProperty(errors, index));
      if (text !== "") texts.add(text);
    }
    const more = length > MAX_ERRORS ? ` (and ${length - MAX_ERRORS} more)` : "";
    return texts.size === 0 ? "" : [...texts].join("; ") + more;
  }

  #cut(text: string): string {
    if (text.length <= this.#maxChars) return text;
    const half = Math.ceil(this.#maxChars / 2);
    // The space between the halves is cut later, and counted then.
    this.cutCount += text.length - 2 * half - 1;
    return `${text.slice(0, half)} ${text.slice(-half)}`;
  }
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
