import { type Schema, Schemas } from "../core/expressions.js";

const known = new WeakMap<object, Schema>();

/** Returns why a value does not fit a JSON Schema; undefined if it does. */
export function misfitOf(schema: unknown, value: unknown): string | undefined {
  const fit = Schemas.accept(read(schema), value);
  return fit.ok ? undefined : fit.error;
}

// The definition of a run keeps its schemas, so each is read once.
function read(schema: unknown): Schema {
  const found = typeof schema === "object" && schema !== null ? known.get(schema) : undefined;
  if (found !== undefined) return found;
  const outcome = Schemas.read(schema);
  if (!outcome.ok) throw new Error("the `output` of the step is not a schema");
  if (typeof schema === "object" && schema !== null) known.set(schema, outcome.schema);
  return outcome.schema;
}
