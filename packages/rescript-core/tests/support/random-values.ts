import { type Schema, Schemas } from "../../src/index.js";
import type { JsonSchema } from "./random-schemas.js";

/** Chance from a seed: the same seed gives the same numbers in [0, 1). */
export function chanceOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Random choices from one seed. */
export class Dice {
  readonly #chance: () => number;

  constructor(seed: number) {
    this.#chance = chanceOf(seed);
  }

  /** True as often as the share says. */
  happens(share: number): boolean {
    return this.#chance() < share;
  }

  /** A whole number below the limit. */
  below(limit: number): number {
    return Math.floor(this.#chance() * limit);
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new Error("there is nothing to pick from");
    return picked;
  }
}

export const NAMES = ["a", "b", "name", "note", "count", "tags", "big-number"];
export const WORDS = ["", "x", "low", "high", "a,b", "12"];
const NUMBERS = [-1, 0, 1, 2, 2.5, 40];
/** The property that tells the alternatives of a union apart. */
export const KIND = "kind";

const scalar = (dice: Dice): JsonSchema => {
  const made = dice.pick<JsonSchema>([
    { type: "string" },
    { type: "string" },
    { type: "number" },
    { type: "integer" },
    { type: "boolean" },
    { enum: ["low", "high"] },
    { enum: ["low", "high", "x"] },
    { const: "x" },
    { type: ["string", "number"] },
    { anyOf: [{ type: "string" }, { type: "boolean" }] },
  ]);
  return dice.happens(0.2) ? orNull(made) : made;
};

const orNull = (schema: JsonSchema): JsonSchema =>
  typeof schema.type === "string"
    ? { ...schema, type: [schema.type, "null"] }
    : { anyOf: [schema, { type: "null" }] };

/** An object; what is not required may be absent. */
export function objectSchema(dice: Dice, depth: number, fixed: JsonSchema = {}): JsonSchema {
  const properties: Record<string, JsonSchema> = { ...(fixed as Record<string, JsonSchema>) };
  const required = Object.keys(fixed);
  for (let count = 1 + dice.below(4); count > 0; count -= 1) {
    const name = dice.pick(NAMES);
    properties[name] = valueSchema(dice, depth - 1);
    if (dice.happens(0.65) && !required.includes(name)) required.push(name);
  }
  const extra = dice.pick([{}, {}, { additionalProperties: false }]);
  return { type: "object", required, properties, ...extra };
}

/** A schema without `any`: each part of its values has a type. */
export function valueSchema(dice: Dice, depth: number): JsonSchema {
  if (depth <= 0 || dice.happens(0.45)) return scalar(dice);
  const made = dice.pick([
    () => objectSchema(dice, depth),
    () => objectSchema(dice, depth),
    () => ({ type: "array", items: valueSchema(dice, depth - 1) }),
    () => ({ type: "array", items: objectSchema(dice, depth - 1) }),
    () => ({ type: "array", items: { type: "array", items: scalar(dice) } }),
    () => ({ type: "object", additionalProperties: scalar(dice) }),
    // Closed: what one alternative does not declare may otherwise be anything, and so is `any`.
    () => ({
      oneOf: ["low", "high"].map((kind) => ({
        ...objectSchema(dice, depth - 1, { [KIND]: { const: kind } }),
        additionalProperties: false,
      })),
    }),
    () => ({
      ...objectSchema(dice, depth - 1),
      anyOf: [{ required: [dice.pick(NAMES)] }, { required: [dice.pick(NAMES)] }],
    }),
  ])();
  return dice.happens(0.15) ? orNull(made) : made;
}

const anything = (dice: Dice): unknown =>
  dice.pick<unknown>([
    null,
    true,
    3,
    2.5,
    "x",
    "low",
    [],
    ["x"],
    [1, null],
    {},
    { a: 1, name: null },
  ]);

function objectValue(schema: JsonSchema, dice: Dice): unknown {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = (schema.required ?? []) as readonly string[];
  const made: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties))
    if (required.includes(name) || dice.happens(0.6)) made[name] = draft(property, dice);
  for (const name of required)
    made[name] ??= Object.hasOwn(properties, name) ? null : anything(dice);
  const extra = schema.additionalProperties;
  if (extra !== false && dice.happens(0.5))
    made[dice.pick([...NAMES, KIND, "other"])] ??=
      typeof extra === "object" ? draft(extra as JsonSchema, dice) : anything(dice);
  return made;
}

/** A value that probably fits the schema. */
function draft(schema: JsonSchema, dice: Dice): unknown {
  if ("const" in schema) return schema.const;
  if (Array.isArray(schema.enum)) return dice.pick(schema.enum as unknown[]);
  const alternatives = (schema.anyOf ?? schema.oneOf) as readonly JsonSchema[] | undefined;
  if (alternatives !== undefined) {
    const chosen = dice.pick(alternatives);
    if (schema.properties === undefined) return draft(chosen, dice);
    const required = [...(schema.required as string[]), ...((chosen.required ?? []) as string[])];
    return objectValue({ ...schema, required }, dice);
  }
  switch (Array.isArray(schema.type) ? dice.pick(schema.type as string[]) : schema.type) {
    case "string":
      return dice.pick(WORDS);
    case "number":
      return dice.pick(NUMBERS);
    case "integer":
      return dice.pick([-1, 0, 1, 3]);
    case "boolean":
      return dice.happens(0.5);
    case "null":
      return null;
    case "array":
      return Array.from({ length: dice.below(4) }, () => draft(schema.items as JsonSchema, dice));
    default:
      return objectValue(schema, dice);
  }
}

const known = new WeakMap<JsonSchema, Schema>();

/** The schema as the core reads it; read once. */
export function schemaOf(json: JsonSchema): Schema {
  const before = known.get(json);
  if (before !== undefined) return before;
  const outcome = Schemas.read(json);
  if (!outcome.ok) throw new Error(JSON.stringify([json, outcome.problems]));
  known.set(json, outcome.schema);
  return outcome.schema;
}

/** A value that fits the schema, or `undefined` where chance gave none. */
export function valueOf(json: JsonSchema, dice: Dice): unknown {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const value = draft(json, dice);
    if (Schemas.validate(schemaOf(json), value).length === 0) return value;
  }
  return undefined;
}
