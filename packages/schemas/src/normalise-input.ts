import { InputType } from "./input-type.schema.js";
import type { InputDefinition } from "./workflow.schema.js";
import type { CheckedWorkflow } from "./written-workflow.schema.js";

type CheckedInput = NonNullable<CheckedWorkflow["inputs"]>[string];
type DeclaredType = InputDefinition["type"];

/** Normalises one entry of an `inputs:` map that passed `WrittenWorkflow`. */
export function normaliseInput(written: CheckedInput): InputDefinition {
  const {
    description,
    default: preset,
    required,
    ...schema
  } = typeof written === "string" ? { type: written } : written;
  const isPlain =
    !Array.isArray(required) &&
    Object.keys(schema).every((key) => key === "type") &&
    InputType.safeParse(schema.type).success;
  const isGiven = typeof written === "object" && Object.hasOwn(written, "default");
  return {
    type: typeOf(schema),
    ...(description !== undefined && { description }),
    ...(isGiven && { default: preset }),
    required: typeof required === "boolean" ? required : !isGiven,
    ...(!isPlain && { schema: { ...schema, ...(Array.isArray(required) && { required }) } }),
  };
}

/** The one type of all values that a schema accepts, or `any`. */
function typeOf(schema: unknown): DeclaredType {
  if (typeof schema !== "object" || schema === null) return "any";
  const { type, enum: values, const: constant, anyOf, oneOf } = schema as Record<string, unknown>;
  if (type !== undefined) return Array.isArray(type) ? common(type.map(ofWord)) : ofWord(type);
  if (constant !== undefined) return ofValue(constant);
  if (Array.isArray(values)) return common(values.map(ofValue));
  const alternatives = anyOf ?? oneOf;
  return Array.isArray(alternatives) ? common(alternatives.map(typeOf)) : "any";
}

function ofWord(word: unknown): DeclaredType {
  if (word === "integer") return "number";
  const known = InputType.safeParse(word);
  return known.success ? known.data : "any";
}

function ofValue(value: unknown): DeclaredType {
  return ofWord(Array.isArray(value) ? "array" : value === null ? "null" : typeof value);
}

function common(types: readonly DeclaredType[]): DeclaredType {
  const [first = "any"] = types;
  return types.every((type) => type === first) ? first : "any";
}
