import { isAbsolute } from "node:path";
import { parseTraceparent } from "../traceparent.js";
import {
  checkMembers,
  invalidArgument,
  isRecord,
  type OptionCheck,
  type OptionChecks,
} from "./check-options.js";
import { describeValue } from "./describe-value.js";

/** The largest number that the core counts to, in 32 bits. */
const MOST = 2_147_483_647;

/** Makes a check from a predicate. `expected` completes "must be …". */
export function must(
  expected: string,
  isValid: (value: unknown) => boolean,
  remedy = `Use ${expected}, or omit it.`,
): OptionCheck {
  return (value, name) => {
    if (isValid(value)) return;
    throw invalidArgument(`${name} must be ${expected}; ${describeValue(value)} is not.`, remedy);
  };
}

/** Any value. */
export const anything: OptionCheck = () => undefined;

/** Text of one character or more. */
export const text = must(
  "text of one character or more",
  (value) => typeof value === "string" && value !== "",
);

/** A list of one or more texts. */
export const texts = must(
  "a list of one or more texts",
  (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => typeof item === "string" && item !== ""),
);

/** Text that identifies something, of at most `most` characters. */
export function shortText(most: number): OptionCheck {
  const expected = `text of 1 to ${most} characters`;
  return must(
    expected,
    (value) => typeof value === "string" && value !== "" && value.length <= most,
    `Use ${expected}.`,
  );
}

/** Text, even of no characters. */
export const textOrEmpty = must("text", (value) => typeof value === "string");

/** A path of the file system, as text. */
export const path = must(
  "a path, as text",
  (value) => typeof value === "string" && value !== "" && !value.includes("\0"),
  "Pass the path as text, or omit it. Convert a URL with `fileURLToPath`.",
);

/** A path that does not depend on the current folder. */
export const absolutePath = must(
  "an absolute path, as text",
  (value) => typeof value === "string" && isAbsolute(value) && !value.includes("\0"),
  "Make the path absolute with `resolve` of node:path, or omit it.",
);

/** The value of a W3C `traceparent` header. */
export const traceparent = must(
  "the value of a W3C `traceparent` header",
  (value) => typeof value === "string" && parseTraceparent(value) !== undefined,
  "Pass on the header of the request that starts the run, or omit it.",
);

export const flag = must("true or false", (value) => typeof value === "boolean");

export const callable = must("a function", (value) => typeof value === "function");

/** One of several words. */
export function oneOf(...words: readonly string[]): OptionCheck {
  const names = words.map((word) => `"${word}"`);
  const list = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  return must(names.length === 1 ? String(names[0]) : list, (value) =>
    words.includes(value as string),
  );
}

/** A number that counts something: whole, and `least` or more. */
export function count(least: number): OptionCheck {
  return must(
    `a whole number, ${least} or more`,
    (value) => Number.isSafeInteger(value) && (value as number) >= least,
  );
}

/** A duration or a size: finite, and `least` or more. */
export function amount(least: number): OptionCheck {
  return must(
    `a number, ${least} or more`,
    (value) => Number.isFinite(value) && (value as number) >= least,
  );
}

/** A limit on a count: a whole number that the core can hold, or Infinity for no limit. */
export const limit = must(
  "a whole number, 1 or more",
  (value) => value === Number.POSITIVE_INFINITY || (isCount(value) && value >= 1 && value <= MOST),
);

/** A limit on a duration in ms, or Infinity for no limit. */
export const durationLimit = must(
  "a number, 1 or more",
  (value) => typeof value === "number" && value >= 1,
);

/** A signal of the platform, or an object that does the same. */
export const signal = must(
  "an AbortSignal",
  (value) =>
    typeof value === "object" &&
    value !== null &&
    "aborted" in value &&
    typeof value.aborted === "boolean" &&
    hasMethods(value, ["throwIfAborted", "addEventListener", "removeEventListener"]),
);

/** An object with these methods. */
export function withMethods(expected: string, ...methods: readonly string[]): OptionCheck {
  return must(expected, (value) => hasMethods(value, methods));
}

/** Whether the value is an object, or a function, that has these methods. */
export function hasMethods(value: unknown, methods: readonly string[]): boolean {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return methods.every(
    (method) => typeof (value as Readonly<Record<string, unknown>>)[method] === "function",
  );
}

/** A plain object with values by name; `check` applies to each value. */
export function record(check: OptionCheck = anything): OptionCheck {
  return (value, name) => {
    if (!isRecord(value))
      throw invalidArgument(
        `${name} must be an object with values by name; ${describeValue(value)} is not.`,
        "Use a plain object, or omit it. Convert a Map with `Object.fromEntries`.",
      );
    for (const [key, item] of Object.entries(value)) check(item, `${name} of \`${key}\``);
  };
}

/** An object with known members. */
export function members<Members extends object>(checks: OptionChecks<Members>): OptionCheck {
  return (value, name) => {
    if (!isRecord(value))
      throw invalidArgument(
        `${name} must be an object; ${describeValue(value)} is not.`,
        "Use an object with the members by name, or omit it.",
      );
    checkMembers<Members>(`\`${name}\``, value, checks, `${name}.`);
  };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
