import { asSchema, escapePointer, type Schema } from "./field.js";

/** What is wrong with a value, and where: the JSON pointer of the place. */
export interface ValueProblem {
  readonly pointer: string;
  readonly message: string;
}

/**
 * Checks a value by the keywords of a schema that a form shows. The server checks it by the whole
 * schema; this check only answers sooner.
 */
export function checkValue(schema: Schema, value: unknown, pointer = ""): readonly ValueProblem[] {
  const own = ownProblem(schema, value);
  if (own !== undefined) return [{ pointer, message: own }];
  if (Array.isArray(value)) {
    const items = asSchema(schema["items"]);
    return value.flatMap((item, index) => checkValue(items, item, `${pointer}/${index}`));
  }
  if (typeof value !== "object" || value === null) return [];
  return checkProperties(schema, value as Readonly<Record<string, unknown>>, pointer);
}

function checkProperties(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  pointer: string,
): readonly ValueProblem[] {
  const properties = asSchema(schema["properties"]);
  const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
  const missing = required
    .filter((name) => value[name] === undefined)
    .map((name) => ({ pointer: `${pointer}/${escapePointer(name)}`, message: "Is required." }));
  const inner = Object.entries(value).flatMap(([name, each]) =>
    each === undefined
      ? []
      : checkValue(asSchema(properties[name]), each, `${pointer}/${escapePointer(name)}`),
  );
  return [...missing, ...inner];
}

function ownProblem(schema: Schema, value: unknown): string | undefined {
  const { type, enum: options } = schema;
  if (Array.isArray(options) && !options.some((each) => isSame(each, value)))
    return `Must be one of ${options.map((each) => JSON.stringify(each)).join(", ")}.`;
  if (Object.hasOwn(schema, "const") && !isSame(schema["const"], value))
    return `Must be ${JSON.stringify(schema["const"])}.`;
  const types = Array.isArray(type) ? type : typeof type === "string" ? [type] : [];
  if (types.length > 0 && !types.some((each) => hasType(value, String(each))))
    return `Must be ${types.map((each) => ARTICLES[String(each)] ?? String(each)).join(" or ")}.`;
  if (typeof value === "number") return numberProblem(schema, value);
  if (typeof value === "string") return textProblem(schema, value);
  return Array.isArray(value) ? arrayProblem(schema, value) : undefined;
}

const ARTICLES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "a JSON object",
  array: "a JSON array",
};

function hasType(value: unknown, type: string): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

function numberProblem(schema: Schema, value: number): string | undefined {
  const limit = (name: string): number | undefined =>
    typeof schema[name] === "number" ? schema[name] : undefined;
  const least = limit("minimum");
  const most = limit("maximum");
  const above = limit("exclusiveMinimum");
  const below = limit("exclusiveMaximum");
  const step = limit("multipleOf");
  if (least !== undefined && value < least) return `Must be ${least} or more.`;
  if (most !== undefined && value > most) return `Must be ${most} or less.`;
  if (above !== undefined && value <= above) return `Must be more than ${above}.`;
  if (below !== undefined && value >= below) return `Must be less than ${below}.`;
  if (step !== undefined && !isMultiple(value, step)) return `Must be a multiple of ${step}.`;
  return undefined;
}

function isMultiple(value: number, step: number): boolean {
  const quotient = value / step;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

function textProblem(schema: Schema, value: string): string | undefined {
  const { minLength, maxLength, pattern } = schema;
  // JSON Schema counts characters, not UTF-16 units.
  const length = Array.from(value).length;
  if (typeof minLength === "number" && length < minLength)
    return minLength === 1 ? "Must not be empty." : `Must have ${minLength} characters or more.`;
  if (typeof maxLength === "number" && length > maxLength)
    return `Must have ${maxLength} characters or fewer.`;
  if (typeof pattern === "string" && !matches(pattern, value)) return `Must match ${pattern}.`;
  return undefined;
}

/** A pattern that this browser cannot read is left to the server. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function arrayProblem(schema: Schema, value: readonly unknown[]): string | undefined {
  const { minItems, maxItems, uniqueItems } = schema;
  if (typeof minItems === "number" && value.length < minItems)
    return `Must have ${minItems} or more.`;
  if (typeof maxItems === "number" && value.length > maxItems)
    return `Must have ${maxItems} or fewer.`;
  if (
    uniqueItems === true &&
    new Set(value.map((each) => JSON.stringify(each))).size < value.length
  )
    return "Must not have one item twice.";
  return undefined;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
