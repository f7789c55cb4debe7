import { quoted, Suggester } from "@automatosx/source";
import { WorkflowError } from "../errors.js";
import { messageOf } from "../message-of.js";
import { describeValue } from "./describe-value.js";

/**
 * Throws `invalid_argument` unless the value is allowed. `name` is the option in messages. It is
 * not called for an option that is omitted or undefined.
 */
export type OptionCheck = (value: unknown, name: string) => void;

/** The check of every option. TypeScript requires an entry for each. */
export type OptionChecks<Options> = { readonly [Name in keyof Required<Options>]: OptionCheck };

/**
 * Validates the options of a call before the call has any effect. An option that is `undefined` is
 * the same as one that is omitted; `null` is a value, and is refused wherever it has no meaning.
 * `owner` is the call in messages: `start`.
 *
 * @throws WorkflowError `invalid_argument` for options that are not an object, for an unknown
 * option, and for a value that its option cannot have
 */
export function checkOptions<Options extends object>(
  owner: string,
  options: unknown,
  checks: OptionChecks<Options>,
): asserts options is Options {
  if (!isRecord(options))
    throw invalidArgument(
      `The options of \`${owner}\` must be an object; ${describeValue(options)} is not.`,
      "Pass an object with the options by name, or omit it.",
    );
  checkMembers(`\`${owner}\``, options, checks, "");
}

/**
 * Whether the value is an object with members by name: not an array, a Map, a promise or another
 * object whose content is not in its members.
 */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !(Symbol.iterator in value) &&
    Object.prototype.toString.call(value) === "[object Object]"
  );
}

/** Checks the members of an object. `prefix` begins the names of its members: `retention.`. */
export function checkMembers<Members extends object>(
  owner: string,
  value: Readonly<Record<string, unknown>>,
  checks: OptionChecks<Members>,
  prefix: string,
): void {
  for (const key of Object.keys(value))
    if (!Object.hasOwn(checks, key)) throw unknownOption(owner, key, Object.keys(checks));
  // A class instance may have its members on its prototype.
  for (const [key, check] of Object.entries<OptionCheck>(checks))
    readable(`${prefix}${key}`, () => {
      if (value[key] !== undefined) check(value[key], `${prefix}${key}`);
    });
}

/** Runs a check; `invalid_argument` if reading the value throws. */
export function readable(name: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (error instanceof WorkflowError) throw error;
    throw invalidArgument(
      `${name} cannot be read: ${messageOf(error)}.`,
      "Pass a value whose members can be read.",
    );
  }
}

function unknownOption(owner: string, key: string, known: readonly string[]): WorkflowError {
  const meant = new Suggester().nearest(key, known);
  const names = known.map((name) => `\`${name}\``).join(", ");
  const options = known.length === 0 ? "It has no options." : `Its options are ${names}.`;
  return invalidArgument(
    `${owner} has no option ${quoted(key)}.`,
    meant === undefined ? options : `Write \`${meant}\`.`,
  );
}

/** `invalid_argument` with its remedy. */
export function invalidArgument(message: string, remedy: string): WorkflowError {
  return new WorkflowError("invalid_argument", message, { remedy });
}
