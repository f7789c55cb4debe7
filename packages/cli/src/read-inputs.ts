import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import type { InputDefinition } from "@automatosx/schemas";
import { axw, shell } from "./command.js";
import type { CliIo } from "./io.js";
import { UsageError } from "./UsageError.js";

export interface InputOptions {
  readonly input?: readonly string[];
  readonly inputs?: string;
  readonly context?: readonly string[];
}

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
 * Returns the values of every `--context NAME=VALUE`: JSON if the value parses as JSON, otherwise
 * text.
 */
export function readContext({ context = [] }: InputOptions): Record<string, unknown> {
  return Object.fromEntries(
    context
      .map((pair) => splitPair("--context", pair))
      .map(([name, text]) => [name, jsonOrText(text)]),
  );
}

async function readInputsFile(io: CliIo, name: string): Promise<object> {
  const path = isAbsolute(name) ? name : join(io.cwd, name);
  const next = existsSync(path) ? shell("cat", name) : axw("run", "--help");
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${(error as Error).message}`, {
      code: "invalid_input",
      remedy: 'Give a JSON file: {"name": value, …}.',
      next,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UsageError(`${name} must contain a JSON object.`, {
    code: "invalid_input",
    remedy: 'Write it as {"name": value, …}.',
    next,
  });
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
  const value = jsonOrText(text);
  if ((Array.isArray(value) ? "array" : typeof value) === input.type && value !== null)
    return value;
  const article = /^[aeiou]/.test(input.type) ? "an" : "a";
  const example = `${name}=${EXAMPLES[input.type]}`;
  throw new UsageError(`Input \`${name}\` must be ${article} ${input.type}; \`${text}\` is not.`, {
    code: "invalid_input",
    remedy: `Write it as JSON: ${example}.`,
    next: axw("run", workflowFile, "--input", example),
  });
}

const EXAMPLES = {
  string: "text",
  number: "3",
  boolean: "true",
  object: '{"key": 1}',
  array: '["a"]',
} as const;

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
