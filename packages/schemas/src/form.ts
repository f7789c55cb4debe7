/** The types that a short form of fields has, and the JSON Schema of each. */
export const SHORT_TYPES: Readonly<Record<string, object>> = {
  string: { type: "string" },
  number: { type: "number" },
  integer: { type: "integer" },
  boolean: { type: "boolean" },
  object: { type: "object" },
  array: { type: "array" },
  any: {},
};

type Form = Readonly<Record<string, unknown>>;

/** What a gate asks for if it does not say. */
export const DEFAULT_FORM: Form = { note: "string?" };

const TYPES: ReadonlySet<unknown> = new Set([
  "string",
  "number",
  "integer",
  "boolean",
  "object",
  "array",
  "null",
]);

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isMap = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !isList(value);
const isType = (value: unknown): boolean =>
  TYPES.has(value) || (isList(value) && value.length > 0 && value.every((each) => TYPES.has(each)));
const isListOfMaps = (value: unknown): boolean => isList(value) && value.every(isMap);

/** The keywords that say which values are allowed, with the form of each. */
const DECIDING: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ["type", isType],
  ["properties", isMap],
  ["anyOf", isListOfMaps],
  ["oneOf", isListOfMaps],
  ["enum", isList],
]);
const OTHER_KEYWORDS: ReadonlySet<string> = new Set([
  "const",
  "required",
  "additionalProperties",
  "items",
  "minItems",
  "maxItems",
  "minLength",
  "maxLength",
  "minimum",
  "maximum",
  "title",
  "description",
  "default",
  "examples",
]);

/**
 * Whether a form is a JSON Schema, and not a short form of fields. A map with another key beside
 * its keywords is a short form, so a field may be named `type`.
 */
export function isSchema(form: Form): boolean {
  const keys = Object.keys(form);
  return (
    keys.some((key) => DECIDING.get(key)?.(form[key]) === true) &&
    (form["type"] === "object" ||
      isMap(form["properties"]) ||
      keys.every((key) => DECIDING.has(key) || OTHER_KEYWORDS.has(key)))
  );
}

/**
 * Returns the JSON Schema of a form: `{ size: [small, large], note: string? }`. A word is a type,
 * `?` after it lets the field be left out, a list has the values that are allowed, and a map is a
 * JSON Schema. No other fields are allowed.
 */
export function normaliseForm(form: Form): Form {
  if (isSchema(form)) return form;
  const fields = Object.entries(form);
  const required = fields.filter(([, type]) => !isOptional(type)).map(([name]) => name);
  return {
    type: "object",
    ...(required.length > 0 && { required }),
    properties: Object.fromEntries(fields.map(([name, type]) => [name, schemaOf(type)])),
    additionalProperties: false,
  };
}

function isOptional(type: unknown): boolean {
  return typeof type === "string" && type.endsWith("?");
}

function schemaOf(type: unknown): unknown {
  if (isList(type)) return { enum: type };
  if (typeof type !== "string") return type;
  const word = type.endsWith("?") ? type.slice(0, -1) : type;
  return Object.hasOwn(SHORT_TYPES, word) ? SHORT_TYPES[word] : {};
}
