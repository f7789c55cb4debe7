/** The levels of a made-up value. Below them, optional properties are left out. */
const MAX_DEPTH = 8;

/** The items of a made-up list, whatever the schema demands. */
const MAX_ITEMS = 100;

type Schema = Readonly<Record<string, unknown>>;

/**
 * Returns a value that fits a JSON Schema, for a made-up answer: the first value that is allowed,
 * the smallest number, one item. Texts are `label`, with the path of the value.
 */
export function valueOfSchema(schema: unknown, label: string, depth = 0): unknown {
  if (typeof schema !== "object" || schema === null) return label;
  const { const: value, enum: values, anyOf, oneOf } = schema as Schema;
  if (value !== undefined) return value;
  if (Array.isArray(values) && values.length > 0) return values[0];
  for (const choices of [anyOf, oneOf])
    if (Array.isArray(choices) && choices.length > 0)
      return valueOfSchema(choices[0], label, depth);
  switch (typeOf(schema as Schema)) {
    case "object":
      return objectOf(schema as Schema, label, depth);
    case "array":
      return listOf(schema as Schema, label, depth);
    case "number":
    case "integer":
      return numberOf(schema as Schema);
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return textOf(schema as Schema, label);
  }
}

/** Whether a value of the schema may have properties that it does not name. */
export function isOpenObject(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  const { enum: values, const: value, additionalProperties: more } = schema as Schema;
  return (
    typeOf(schema as Schema) === "object" &&
    values === undefined &&
    value === undefined &&
    (more === undefined || more === true)
  );
}

function typeOf({ type, properties, items }: Schema): unknown {
  if (Array.isArray(type)) return type[0];
  if (type !== undefined) return type;
  return properties !== undefined ? "object" : items !== undefined ? "array" : "string";
}

function objectOf(
  { properties = {}, required }: Schema,
  label: string,
  depth: number,
): Record<string, unknown> {
  const needed = new Set(Array.isArray(required) ? required : []);
  const made = new Map<string, unknown>();
  for (const [name, schema] of Object.entries(properties as Schema))
    if (depth < MAX_DEPTH || needed.has(name))
      made.set(name, valueOfSchema(schema, `${label}.${name}`, depth + 1));
  for (const name of needed)
    if (!made.has(String(name))) made.set(String(name), `${label}.${String(name)}`);
  return Object.fromEntries(made);
}

function listOf({ items, minItems, maxItems }: Schema, label: string, depth: number): unknown[] {
  const least = Number(minItems ?? 0);
  const most = Number(maxItems ?? Number.POSITIVE_INFINITY);
  const length = depth < MAX_DEPTH ? Math.min(MAX_ITEMS, most, Math.max(1, least)) : least;
  return Array.from({ length }, (_, index) =>
    valueOfSchema(items, `${label}[${index}]`, depth + 1),
  );
}

function numberOf(schema: Schema): number {
  const { minimum, maximum } = schema;
  const least = typeof minimum === "number" ? minimum : Math.min(0, Number(maximum ?? 0));
  return typeOf(schema) === "integer" ? Math.ceil(least) : least;
}

function textOf({ minLength = 0, maxLength = Number.POSITIVE_INFINITY }: Schema, label: string) {
  const characters = Array.from(label.padEnd(Number(minLength), "."));
  return characters.slice(0, Number(maxLength)).join("");
}
