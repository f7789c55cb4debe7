import type { PreparedWorkflow } from "@automatosx/workflow";
import { Choices } from "./Choices.js";
import { generateValue } from "./generate-value.js";

type Values = Readonly<Record<string, unknown>>;

/** The values that a run is started with. */
export interface GeneratedStart {
  readonly inputs: Values;
  readonly context: Values;
}

/**
 * Returns values for the inputs of a workflow, and for what its tasks read from the context that it
 * does not define.
 */
export function generatedStart(
  { definition, references }: PreparedWorkflow,
  seed: number,
): GeneratedStart {
  const choices = new Choices(seed);
  const inputs: [string, unknown][] = [];
  for (const [name, { type, schema, required }] of Object.entries(definition.inputs ?? {})) {
    const isGiven = required || choices.pick([false, true], `inputs.${name}?`);
    const declared = schema ?? (type === "any" ? {} : { type });
    if (isGiven) inputs.push([name, generateValue(declared, `inputs.${name}`, seed)]);
  }
  const context = new Map<string, unknown>();
  for (const { reference } of references) {
    const { source, name, path } = reference;
    if (source !== "context" || Object.hasOwn(definition.context ?? {}, name)) continue;
    context.set(name, withPath(context.get(name), path, `context.${name}`));
  }
  return { inputs: Object.fromEntries(inputs), context: Object.fromEntries(context) };
}

/** Returns the value with a text at the path, which may lead through objects and lists. */
function withPath(
  value: unknown,
  [first, ...rest]: readonly (string | number)[],
  place: string,
): unknown {
  if (first === undefined) return value ?? place;
  const inner = withPath(
    (Object(value) as Record<string | number, unknown>)[first],
    rest,
    `${place}.${first}`,
  );
  if (typeof first === "number") {
    const list: unknown[] = Array.isArray(value) ? [...value] : [];
    while (list.length < first) list.push(place);
    list[first] = inner;
    return list;
  }
  const fields = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries([...fields, [first, inner]]);
}
