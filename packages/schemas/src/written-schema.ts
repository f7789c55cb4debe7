import { z } from "zod";
import { described } from "./described.js";

/** A JSON Schema as written. The core reads it, and refuses keywords that it does not enforce. */
export const WrittenSchema = z.record(z.string(), z.unknown()).meta({
  id: "JsonSchema",
  description: "A JSON Schema. Example: `{ type: object, required: [risk], properties: { … } }`.",
});

/** The keywords of a JSON Schema that are enforced, as an editor offers them. */
const KEYWORDS = {
  type:
    "The type of the value, or a list of types: string, number, integer, boolean, object, " +
    "array, null.",
  enum: "The values that are allowed.",
  const: "The only value that is allowed.",
  properties: "The schemas of an object's properties, by name.",
  required: "The properties that must be present.",
  additionalProperties:
    "Whether an object may have properties that `properties` does not list, or their schema.",
  items: "The schema of a list's items.",
  minItems: "The minimum number of items in a list.",
  maxItems: "The maximum number of items in a list.",
  minLength: "The minimum length of a string, in characters.",
  maxLength: "The maximum length of a string, in characters.",
  minimum: "The smallest number that is allowed.",
  maximum: "The largest number that is allowed.",
  anyOf: "Schemas, at least one of which the value must fit.",
  oneOf: "Schemas, exactly one of which the value must fit.",
} as const;

/** The keywords of a JSON Schema that an input may have beside its own keys. */
export const inputKeywords = {
  enum: described(z.array(z.unknown()).min(1).exactOptional(), KEYWORDS.enum),
  const: described(z.unknown().exactOptional(), KEYWORDS.const),
  properties: described(z.record(z.string(), WrittenSchema).exactOptional(), KEYWORDS.properties),
  additionalProperties: described(
    z
      .union([z.boolean(), WrittenSchema], { error: "expected true, false or a JSON Schema" })
      .exactOptional(),
    KEYWORDS.additionalProperties,
  ),
  items: described(WrittenSchema.exactOptional(), KEYWORDS.items),
  minItems: described(z.int().min(0).exactOptional(), KEYWORDS.minItems),
  maxItems: described(z.int().min(0).exactOptional(), KEYWORDS.maxItems),
  minLength: described(z.int().min(0).exactOptional(), KEYWORDS.minLength),
  maxLength: described(z.int().min(0).exactOptional(), KEYWORDS.maxLength),
  minimum: described(z.number().exactOptional(), KEYWORDS.minimum),
  maximum: described(z.number().exactOptional(), KEYWORDS.maximum),
  anyOf: described(z.array(WrittenSchema).min(1).exactOptional(), KEYWORDS.anyOf),
  oneOf: described(z.array(WrittenSchema).min(1).exactOptional(), KEYWORDS.oneOf),
  title: described(z.string().exactOptional(), "A short name of the value, for readers."),
  examples: described(z.array(z.unknown()).exactOptional(), "Examples of the value, for readers."),
};

const TYPES = ["string", "number", "integer", "boolean", "object", "array", "null"] as const;

/** The JSON Schema of a JSON Schema in a workflow, with a description of each keyword. */
export function schemaOfSchemas(reference: string): Record<string, unknown> {
  const schema = { $ref: reference };
  const count = { type: "integer", minimum: 0 };
  const forms: Readonly<Record<keyof typeof KEYWORDS, object>> = {
    type: { anyOf: [{ enum: TYPES }, { type: "array", items: { enum: TYPES }, minItems: 1 }] },
    enum: { type: "array", minItems: 1 },
    const: {},
    properties: { type: "object", additionalProperties: schema },
    required: { type: "array", items: { type: "string" } },
    additionalProperties: { anyOf: [{ type: "boolean" }, schema] },
    items: schema,
    minItems: count,
    maxItems: count,
    minLength: count,
    maxLength: count,
    minimum: { type: "number" },
    maximum: { type: "number" },
    anyOf: { type: "array", items: schema, minItems: 1 },
    oneOf: { type: "array", items: schema, minItems: 1 },
  };
  return {
    type: "object",
    properties: {
      ...Object.fromEntries(
        Object.entries(forms).map(([keyword, form]) => [
          keyword,
          { ...form, description: KEYWORDS[keyword as keyof typeof KEYWORDS] },
        ]),
      ),
      title: { type: "string", description: "A short name of the value, for readers." },
      description: { type: "string", description: "What the value is, for agents and readers." },
      default: { description: "A value for readers. It is not filled in." },
      examples: { type: "array", description: "Examples of the value, for readers." },
    },
  };
}
