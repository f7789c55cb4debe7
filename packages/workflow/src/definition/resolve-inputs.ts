import type { InputDefinition } from "@automatosx/schemas";
import { quoted } from "@automatosx/source";
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
      resolved.push([name, value]);
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
