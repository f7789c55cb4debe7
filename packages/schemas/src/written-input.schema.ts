import { z } from "zod";
import { described } from "./described.js";
import { extensible } from "./extensible.js";
import { InputType } from "./input-type.schema.js";
import { always, has, memberOf } from "./several-keys.js";
import type { InputDefinition } from "./workflow.schema.js";
import { inputKeywords } from "./written-schema.js";

const TYPE_OF = {
  string: "text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "a map",
  array: "a list",
} as const;

/** Whether the value has an input's declared type. Null matches no type but `any`. */
export function hasInputType(value: unknown, type: InputDefinition["type"] | "integer"): boolean {
  if (type === "any") return true;
  if (type === "integer") return Number.isInteger(value);
  if (Array.isArray(value)) return type === "array";
  return value !== null && typeof value === type;
}

/** The types of an input that one word declares. */
const ShortType = z.enum([...InputType.options, "integer"]);
const SchemaType = z.enum([...ShortType.options, "null"]);

function defaultFits(value: { type?: unknown; default?: unknown }): boolean {
  const type = ShortType.safeParse(value?.type);
  return !type.success || !has(value, "default") || hasInputType(value.default, type.data);
}

/** Keywords that say what a value may be, so that `type` may be left out. */
const TYPED = ["type", "enum", "const", "anyOf", "oneOf"];

function hasType(value: unknown): boolean {
  return TYPED.some((keyword) => memberOf(value, keyword) !== undefined);
}

export const WrittenInput = z.union(
  [
    ShortType,
    extensible(
      z
        .strictObject({
          type: described(
            z
              .union([SchemaType, z.array(SchemaType).min(1)], {
                error: "expected string, number, integer, boolean, object or array",
              })
              .exactOptional(),
            "string, number, integer, boolean, object or array. It may be left out beside " +
              "`enum`, `const`, `anyOf` or `oneOf`.",
          ),
          description: described(z.string().exactOptional(), "Purpose of the value."),
          default: described(
            z.unknown().exactOptional(),
            "Value to use if a run is started without one.",
          ),
          required: described(
            z
              .union([z.boolean(), z.array(z.string())], {
                error: "expected true, false, or a list of properties",
              })
              .exactOptional(),
            "Whether a run must be started with a value for this input. Default: true, " +
              "unless `default` is given. A list names the properties that an object must have.",
          ),
          ...inputKeywords,
        })
        .check(
          z.refine(defaultFits, {
            ...always,
            error: `does not have the declared type (${Object.entries(TYPE_OF)
              .map(([type, words]) => `${type}: ${words}`)
              .join(", ")})`,
            path: ["default"],
            params: { rule: "default_of_other_type" },
          }),
          z.refine(hasType, {
            ...always,
            error: "is missing",
            path: ["type"],
            params: { rule: "input_without_type" },
          }),
        ),
    ),
  ],
  { error: "expected string, number, boolean, object or array, or a map with `type`" },
);
/** An input as written. */
export type WrittenInput = z.input<typeof WrittenInput>;
