import { hasInputType, type InputDefinition } from "@automatosx/schemas";
import { cleanLine } from "@automatosx/workflow/terminal-text";
import type { CliIo } from "./io.js";
import type { NextLine } from "./next/actions.js";
import { readJsonObject } from "./read-json-file.js";
import { type TypedValue, typedValue } from "./typed-value.js";
import { UsageError } from "./UsageError.js";

export interface InputOptions {
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly context?: readonly string[];
}

type Changed = Extract<TypedValue, { kind: "changed" }>;

/** How the JSON text of an array or an object begins. */
const CONTAINER = /^\s*[[{]/;

type Declared = Readonly<Record<string, InputDefinition>>;

/**
 * Returns the line to type instead, in which the pairs `NAME=VALUE` replace those that were typed.
 */
export type Retype = (pairs?: Partial<Record<"input" | "context", readonly string[]>>) => NextLine;

/**
 * Returns the inputs from `--inputs FILE`, whose values are `inFile`, and from each `--input
 * NAME=VALUE`, which takes precedence.
 *
 * @throws UsageError `invalid_input`, `invalid_argument`
 */
export function readInputs(
  { input = [] }: InputOptions,
  inFile: Readonly<Record<string, unknown>>,
  declared: Declared,
  retype: Retype,
): Record<string, unknown> {
  const inputs = new Map<string, unknown>(Object.entries(inFile));
  for (const [name, text] of splitPairs("--input", input, retype)) {
    const declaration = Object.hasOwn(declared, name) ? declared[name] : undefined;
    inputs.set(name, parseInput([name, text], declaration, input, retype));
  }
  return Object.fromEntries(inputs);
}

/**
 * Returns the values of every `--context NAME=VALUE`: JSON if the value is JSON that stays as it
 * was typed, otherwise text.
 *
 * @throws UsageError `invalid_input` for an array or an object in which a number would change
 */
export function readContext(
  { context = [] }: InputOptions,
  retype: Retype,
): Record<string, unknown> {
  return Object.fromEntries(
    splitPairs("--context", context, retype).map(([name, text]) => [
      name,
      contextValue(name, text),
    ]),
  );
}

function contextValue(name: string, text: string): unknown {
  const read = typedValue(text);
  if (read.kind === "json") return read.value;
  if (read.kind === "text" || !CONTAINER.test(text)) return text;
  throw new UsageError(`The value of --context ${name} cannot be used: ${read.reason}.`, {
    code: "invalid_input",
    remedy: read.remedy,
  });
}

/**
 * Returns the inputs in `--inputs FILE`; none without the flag.
 *
 * @throws UsageError `invalid_input` if the file cannot be read or is not a JSON object
 */
export async function readInputsFile(
  io: CliIo,
  { inputs: name }: InputOptions,
): Promise<Readonly<Record<string, unknown>>> {
  if (name === undefined) return {};
  return readJsonObject(io, name, {
    what: `The inputs file ${name}`,
    code: "invalid_input",
    verb: "run",
  });
}

type Pair = readonly [name: string, value: string];

/** The pairs of a flag. Refuses two values of one name, of which only one could be used. */
function splitPairs(
  flag: "--input" | "--context",
  pairs: readonly string[],
  retype: Retype,
): Pair[] {
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const [name, value] = splitPair(flag, pair);
    const before = values.get(name);
    if (before !== undefined && before !== value)
      throw new UsageError(
        `${flag} ${name} has two values: ${quotedStart(before)} and ${quotedStart(value)}.`,
        { remedy: "Give it once.", next: retype() },
      );
    values.set(name, value);
  }
  return [...values];
}

/** How much of a value a message shows, in characters. */
const SHOWN_VALUE_LENGTH = 60;

function quotedStart(value: string): string {
  const start = value.slice(0, SHOWN_VALUE_LENGTH);
  return `\`${cleanLine(start)}${start.length < value.length ? "…" : ""}\``;
}

function splitPair(flag: string, pair: string): Pair {
  const at = pair.indexOf("=");
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new UsageError(`${flag} must be NAME=VALUE; \`${pair}\` is not.`, {
    remedy: `Write, for example, ${flag} feature=login.`,
  });
}

// A command line contains only text; the declared type determines how to read it.
function parseInput(
  [name, text]: Pair,
  input: InputDefinition | undefined,
  pairs: readonly string[],
  retype: Retype,
): unknown {
  if (input === undefined || input.type === "string") return text;
  const read = typedValue(text);
  if (read.kind === "json" && hasInputType(read.value, input.type)) return read.value;
  // Text that is not JSON is a text, which such an input may accept.
  if (input.type === "any") return text;
  const article = /^[aeiou]/.test(input.type) ? "an" : "a";
  const changed = read.kind === "changed" && isNear(input, text) ? read : undefined;
  const example = `${name}=${changed?.written ?? EXAMPLES[input.type]}`;
  const why = changed === undefined ? "" : `: ${changed.reason}`;
  throw new UsageError(
    `Input \`${name}\` must be ${article} ${input.type}; \`${text}\` is not${why}.`,
    {
      code: "invalid_input",
      remedy: remedyFor(input, changed) ?? `Write it as JSON: ${example}.`,
      next: retype({
        input: [...pairs.filter((pair) => !pair.startsWith(`${name}=`)), example],
      }),
    },
  );
}

/** Whether only the loss of a value keeps this text from being of the input's type. */
function isNear({ type }: InputDefinition, text: string): boolean {
  const isContainer = CONTAINER.test(text);
  return type === "number" ? !isContainer : type !== "boolean" && isContainer;
}

function remedyFor({ type }: InputDefinition, changed: Changed | undefined): string | undefined {
  return type === "number" && changed !== undefined && changed.written === undefined
    ? "Declare the input as a string to keep the text."
    : changed?.remedy;
}

const EXAMPLES = {
  string: "text",
  number: "3",
  boolean: "true",
  object: '{"key": 1}',
  array: '["a"]',
} as const;
