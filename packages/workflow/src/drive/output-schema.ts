import { type Schema, Schemas, type ValueType, ValueTypes } from "../core/expressions.js";

/** Whether a schema admits nothing but text, text beside other values, or no text. */
export type TextAdmission = "only" | "also" | "never";

interface KnownSchema {
  readonly schema: Schema;
  readonly text: TextAdmission;
}

const known = new WeakMap<object, KnownSchema>();

/** Returns why a value does not fit a JSON Schema; undefined if it does. */
export function misfitOf(schema: unknown, value: unknown): string | undefined {
  const fit = Schemas.accept(read(schema).schema, value);
  return fit.ok ? undefined : fit.error;
}

/** Returns whether a JSON Schema admits text, by the type of its values. */
export function textAdmission(schema: unknown): TextAdmission {
  return read(schema).text;
}

// The definition of a run keeps its schemas, so each is read once.
function read(written: unknown): KnownSchema {
  const found = typeof written === "object" && written !== null ? known.get(written) : undefined;
  if (found !== undefined) return found;
  const outcome = Schemas.read(written);
  if (!outcome.ok) throw new Error("the `output` of the step is not a schema");
  const { schema } = outcome;
  const made = { schema, text: admissionOf(Schemas.typeOf(schema)) };
  if (typeof written === "object" && written !== null) known.set(written, made);
  return made;
}

function admissionOf(type: ValueType): TextAdmission {
  if (!ValueTypes.canBe(type, "string")) return "never";
  return ValueTypes.isAlways(type, "string") ? "only" : "also";
}
