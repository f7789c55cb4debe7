import { existsSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { hasInputType, type InputDefinition } from "@automatosx/schemas";
import { WorkflowError } from "@automatosx/workflow";
import { isRecord, readTextFile } from "@automatosx/workflow/checks";
import { JsonLoss, parseExactJson, SourceText } from "@automatosx/workflow/source";
import { axw, type Command, shell } from "./command.js";
import type { CliIo } from "./io.js";
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
 * Returns the inputs from `--inputs FILE` and from each `--input NAME=VALUE`, which takes
 * precedence. `workflowFile` is used in errors.
 *
 * @throws UsageError `invalid_input`, `invalid_argument`
 */
export async function readInputs(
  io: CliIo,
  workflowFile: string,
  options: InputOptions,
  declared: Declared,
): Promise<Record<string, unknown>> {
  const inputs = new Map<string, unknown>(
    options.inputs === undefined ? [] : Object.entries(await readInputsFile(io, options.inputs)),
  );
  for (const pair of options.input ?? []) {
    const [name, text] = splitPair("--input", pair);
    const declaration = Object.hasOwn(declared, name) ? declared[name] : undefined;
    inputs.set(name, parseInput(workflowFile, [name, text], declaration));
  }
  return Object.fromEntries(inputs);
}

/**
 * Returns the values of every `--context NAME=VALUE`: JSON if the value is JSON that stays as it
 * was typed, otherwise text.
 *
 * @throws UsageError `invalid_input` for an array or an object in which a number would change
 */
export function readContext({ context = [] }: InputOptions): Record<string, unknown> {
  return Object.fromEntries(
    context
      .map((pair) => splitPair("--context", pair))
      .map(([name, text]) => [name, contextValue(name, text)]),
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

/** The largest inputs file, in bytes. */
const MAX_INPUTS_BYTES = 16 * 1024 * 1024;

async function readInputsFile(io: CliIo, name: string): Promise<object> {
  const path = isAbsolute(name) ? name : join(io.cwd, name);
  // A device may have no end.
  const isFile = existsSync(path) && statSync(path).isFile();
  const next = isFile ? shell("cat", name) : axw("run", "--help");
  const text = await readTextFile(path, {
    what: `The inputs file ${name}`,
    maxBytes: MAX_INPUTS_BYTES,
    tooLarge: "Put large data into files that the agents read.",
  }).catch((error: unknown) => {
    if (!(error instanceof WorkflowError)) throw error;
    const { message, remedy } = error;
    throw new UsageError(message, {
      code: "invalid_input",
      next,
      ...(remedy !== undefined && { remedy }),
    });
  });
  const value = parseInputs(name, text, next);
  if (isRecord(value)) return value;
  throw new UsageError(`${name} must contain a JSON object.`, {
    code: "invalid_input",
    remedy: 'Write it as {"name": value, …}.',
    next,
  });
}

function parseInputs(name: string, text: string, next: Command): unknown {
  try {
    return parseExactJson(text, { uniqueKeys: true });
  } catch (error) {
    if (!(error instanceof JsonLoss))
      throw new UsageError(`${name} cannot be read: ${(error as Error).message}`, {
        code: "invalid_input",
        remedy: 'Give a JSON file: {"name": value, …}.',
        next,
      });
    const { line, column } = new SourceText(text).position(error.span[0]);
    throw new UsageError(`${name}:${line}:${column}: ${error.message}.`, {
      code: "invalid_input",
      remedy: error.remedy,
      next,
    });
  }
}

function splitPair(flag: string, pair: string): [name: string, value: string] {
  const at = pair.indexOf("=");
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
  throw new UsageError(`${flag} must be NAME=VALUE; \`${pair}\` is not.`, {
    remedy: `Write, for example, ${flag} feature=login.`,
  });
}

// A command line contains only text; the declared type determines how to read it.
function parseInput(
  workflowFile: string,
  [name, text]: readonly [string, string],
  input: InputDefinition | undefined,
): unknown {
  if (input === undefined || input.type === "string") return text;
  const read = typedValue(text);
  if (read.kind === "json" && hasInputType(read.value, input.type)) return read.value;
  const article = /^[aeiou]/.test(input.type) ? "an" : "a";
  const changed = read.kind === "changed" && isNear(input, text) ? read : undefined;
  const example = `${name}=${changed?.written ?? EXAMPLES[input.type]}`;
  const why = changed === undefined ? "" : `: ${changed.reason}`;
  throw new UsageError(
    `Input \`${name}\` must be ${article} ${input.type}; \`${text}\` is not${why}.`,
    {
      code: "invalid_input",
      remedy: remedyFor(input, changed) ?? `Write it as JSON: ${example}.`,
      next: axw("run", workflowFile, "--input", example),
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
