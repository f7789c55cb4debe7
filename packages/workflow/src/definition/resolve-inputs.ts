import type { InputDefinition } from "@automatosx/schemas";
import { quoted } from "@automatosx/source";
import { Schemas } from "../core/expressions.js";
import { WorkflowError } from "../errors.js";

/** How many problems, and how many inputs, an error lists. It only counts the rest. */
const MAX_NAMED = 20;

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Returns the inputs of a run: the values passed in, with the defaults filled in.
 *
 * @throws WorkflowError `invalid_input`, which lists every input that is unknown, missing, or not
 * of the declared type
 */
export function resolveInputs(
  declared: Readonly<Record<string, InputDefinition>>,
  given: JsonObject,
): JsonObject {
  const problems: string[] = [];
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name))
      problems.push(`${quoted(name)} is not an input of this workflow`);
  }
  const resolved: [string, unknown][] = [];
  for (const [name, input] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? given[name] : input.default;
    if (value === undefined) {
      if (input.required ?? true) problems.push(`\`${name}\` (${input.type}) is missing`);
    } else if (input.type !== "any" && typeOf(value) !== input.type) {
      problems.push(`\`${name}\` must be a ${input.type}, not a ${typeOf(value)}`);
    } else {
      const misfits = misfitsOf(value, input);
      for (const message of misfits)
        problems.push(`\`${name}\` does not fit its schema: ${message}`);
      if (misfits.length === 0) resolved.push([name, value]);
    }
  }
  if (problems.length === 0) return Object.fromEntries(resolved);
  const names = Object.entries(declared).map(([name, { type }]) => `${name} (${type})`);
  throw new WorkflowError(
    "invalid_input",
    `The inputs do not match the workflow: ${listed(problems, "; ")}.`,
    {
      remedy:
        names.length === 0
          ? "This workflow declares no `inputs`; do not pass any."
          : `The workflow's inputs are: ${listed(names, ", ")}.`,
    },
  );
}

/** Why a value does not fit the schema of its input; empty if it fits, or if there is no schema. */
function misfitsOf(value: unknown, { schema }: InputDefinition): readonly string[] {
  if (schema === undefined) return [];
  const read = Schemas.read(schema);
  return read.ok ? Schemas.validate(read.schema, value).map(({ message }) => message) : [];
}

function listed(texts: readonly string[], separator: string): string {
  const more = texts.length - MAX_NAMED;
  return more <= 0
    ? texts.join(separator)
    : `${texts.slice(0, MAX_NAMED).join(separator)}${separator}and ${more} more`;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : typeof value;
}
