import { textHash } from "../text-hash.js";

type Schema = Readonly<Record<string, unknown>>;

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** How deep a sample is made up; below, only what is required. */
const MAX_DEPTH = 8;

/**
 * A value that fits a JSON Schema. `name` decides which one: two names often give two values, and
 * one name always gives the same.
 */
export function sampleOfSchema(schema: unknown, name: string, depth = 0): unknown {
  if (!isSchema(schema)) return name;
  const hash = textHash(name);
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"])) return pick(schema["enum"], hash);
  for (const choices of [schema["anyOf"], schema["oneOf"]])
    if (Array.isArray(choices)) return sampleOfSchema(pick(choices, hash), name, depth);
  const { type } = schema;
  switch (Array.isArray(type) ? pick(type, hash) : (type ?? guessed(schema))) {
    case "null":
      return null;
    case "boolean":
      return hash % 2 === 0;
    case "integer":
      return Math.ceil(numberOf(schema, hash));
    case "number":
      return numberOf(schema, hash);
    case "array":
      return listOf(schema, name, depth);
    case "object":
      return mapOf(schema, name, depth);
    default:
      return textOf(schema, name);
  }
}

const pick = (from: readonly unknown[], hash: number): unknown => from[hash % from.length];

/** The type of a schema that names none, by its keywords. */
function guessed(schema: Schema): string {
  if ("properties" in schema || "required" in schema) return "object";
  if ("items" in schema || "minItems" in schema) return "array";
  return "minimum" in schema || "maximum" in schema ? "number" : "string";
}

const limitOf = (schema: Schema, keyword: string, otherwise: number): number => {
  const limit = schema[keyword];
  return typeof limit === "number" ? limit : otherwise;
};

function numberOf(schema: Schema, hash: number): number {
  const least = limitOf(schema, "minimum", Math.min(0, limitOf(schema, "maximum", 0)));
  const most = limitOf(schema, "maximum", least + 10);
  return Math.min(most, least + (hash % 11));
}

function textOf(schema: Schema, name: string): string {
  const text = name.padEnd(limitOf(schema, "minLength", 0), ".");
  return [...text].slice(0, limitOf(schema, "maxLength", text.length)).join("");
}

function listOf(schema: Schema, name: string, depth: number): unknown[] {
  const least = limitOf(schema, "minItems", depth < MAX_DEPTH ? 2 : 0);
  const length = Math.min(least, limitOf(schema, "maxItems", least));
  return Array.from({ length }, (_, index) =>
    sampleOfSchema(schema["items"], `${name} ${index + 1}`, depth + 1),
  );
}

function mapOf(schema: Schema, name: string, depth: number): Readonly<Record<string, unknown>> {
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  const required = Array.isArray(schema["required"]) ? (schema["required"] as string[]) : [];
  const names = depth < MAX_DEPTH ? [...Object.keys(properties), ...required] : required;
  return Object.fromEntries(
    [...new Set(names)].map((key) => [
      key,
      sampleOfSchema(
        Object.hasOwn(properties, key) ? properties[key] : undefined,
        `${name} ${key}`,
        depth + 1,
      ),
    ]),
  );
}
