import { misfitOf } from "@automatosx/workflow/drive";
import { Choices } from "./Choices.js";

/** The levels of a value. Below them, optional properties and list items are left out. */
const MAX_DEPTH = 8;

/** The items of the longest list, unless the schema demands more. */
const MAX_ITEMS = 3;

/** The length of the longest text, in characters, unless the schema demands more. */
const MAX_LENGTH = 2_000;

/** The same inside a list, whose items need keys of at most 256 characters. */
const MAX_LENGTH_IN_LIST = 200;

/** How often another value is tried if one does not fit, as with `oneOf`. */
const MAX_TRIES = 50;

/** A text of characters that are special in YAML, JSON, shells, templates or terminals. */
const ODD_TEXT =
  "\"quoted\" 'text' `code` $HOME ${{ steps.none }} <b> \\ ü 漢 🙂\nsecond line: - #";

type Schema = Readonly<Record<string, unknown>>;

/**
 * Returns a value that fits a JSON Schema: the same for the same seed and place. The seeds together
 * reach the limits of the schema: each value of an `enum`, the empty list, the longest text, a
 * property that is absent. Returns undefined if no value that fits was found.
 */
export function generateValue(schema: unknown, place: string, seed: number): unknown {
  for (let variant = 0; variant < MAX_TRIES; variant += 1) {
    const value = valueOf(schema, place, new Choices(seed, variant), 0);
    if (misfitOf(schema ?? {}, value) === undefined) return value;
  }
  return undefined;
}

function valueOf(schema: unknown, place: string, choices: Choices, depth: number): unknown {
  if (typeof schema !== "object" || schema === null) return place;
  const { const: value, enum: values, anyOf, oneOf, ...rest } = schema as Schema;
  if (value !== undefined) return value;
  if (isFull(values)) return choices.pick(values, place);
  for (const options of [anyOf, oneOf])
    if (isFull(options)) {
      const option = choices.pick(options, `${place}|`) as Schema;
      return valueOf(merged(rest, option), place, choices, depth);
    }
  switch (typeOf(rest, place, choices)) {
    case "object":
      return objectOf(rest, place, choices, depth);
    case "array":
      return listOf(rest, place, choices, depth);
    case "integer":
      return choices.pick(numbers(rest, true), place);
    case "number":
      return choices.pick(numbers(rest, false), place);
    case "boolean":
      return choices.pick([true, false], place);
    case "null":
      return null;
    default:
      return choices.pick(texts(rest, place), place);
  }
}

/** Joins what a schema demands itself with what one of its alternatives demands. */
function merged(own: Schema, option: Schema): Schema {
  const properties = { ...Object(own["properties"]), ...Object(option["properties"]) } as Schema;
  const required = [...requiredOf(own), ...requiredOf(option)];
  return {
    ...own,
    ...option,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

function typeOf(schema: Schema, place: string, choices: Choices): unknown {
  const { type, properties, items } = schema;
  if (isFull(type)) return choices.pick(type, `${place}:`);
  if (type !== undefined) return type;
  return properties !== undefined ? "object" : items !== undefined ? "array" : "string";
}

function objectOf(
  schema: Schema,
  place: string,
  choices: Choices,
  depth: number,
): Record<string, unknown> {
  const required = new Set(requiredOf(schema));
  const properties = Object.entries(Object(schema["properties"]) as Schema);
  const made = new Map<string, unknown>();
  for (const [name, property] of properties) {
    const at = `${place}.${name}`;
    const isPresent =
      required.has(name) || (depth < MAX_DEPTH && choices.pick([true, false], `${at}?`));
    if (isPresent) made.set(name, valueOf(property, at, choices, depth + 1));
  }
  const { additionalProperties: more } = schema;
  for (const name of required)
    if (!made.has(name)) made.set(name, valueOf(more, `${place}.${name}`, choices, depth + 1));
  if (typeof more === "object" && depth < MAX_DEPTH && choices.pick([true, false], `${place}*`))
    made.set("other", valueOf(more, `${place}.other`, choices, depth + 1));
  return Object.fromEntries(made);
}

function listOf(schema: Schema, place: string, choices: Choices, depth: number): unknown[] {
  const least = numberIn(schema, "minItems") ?? 0;
  const most = Math.max(least, numberIn(schema, "maxItems") ?? Math.max(least, MAX_ITEMS));
  const sizes = [1, least, Math.min(most, Math.max(least, MAX_ITEMS)), least + 1].filter(
    (size) => size >= least && size <= most && (depth < MAX_DEPTH || size === least),
  );
  const length = choices.pick(full(sizes, least), `${place}[]`);
  return Array.from({ length }, (_, index) =>
    valueOf(schema["items"], `${place}[${index}]`, choices, depth + 1),
  );
}

function numbers(schema: Schema, isWhole: boolean): [number, ...number[]] {
  const least = numberIn(schema, "minimum") ?? Number.NEGATIVE_INFINITY;
  const most = numberIn(schema, "maximum") ?? Number.POSITIVE_INFINITY;
  const smallest = isWhole ? Math.ceil(least) : least;
  const largest = isWhole ? Math.floor(most) : most;
  const options = [1, smallest, largest, 0, -1, 0.5, 1_000_000].filter(
    (option) =>
      Number.isFinite(option) &&
      option >= least &&
      option <= most &&
      (!isWhole || Number.isSafeInteger(option)),
  );
  return full([...new Set(options)], Number.isFinite(smallest) ? smallest : largest);
}

/**
 * The texts inside a list begin with their place, so that those of its items differ: a list of
 * items needs keys.
 */
function texts(schema: Schema, place: string): [string, ...string[]] {
  const least = numberIn(schema, "minLength") ?? 0;
  const isInList = place.includes("[");
  const longest = Math.max(least, isInList ? MAX_LENGTH_IN_LIST : MAX_LENGTH);
  const most = numberIn(schema, "maxLength") ?? longest;
  const all = [
    place,
    ...(isInList ? [] : [""]),
    place.padEnd(Math.min(most, longest), "."),
    isInList ? `${place} ${ODD_TEXT}` : ODD_TEXT,
  ].map((text) => fitted(text, least, most));
  return full([...new Set(all)], "");
}

function fitted(text: string, least: number, most: number): string {
  const characters = Array.from(text);
  while (characters.length < least) characters.push(".");
  return characters.slice(0, most).join("");
}

function requiredOf({ required }: Schema): readonly string[] {
  return Array.isArray(required) ? required.map(String) : [];
}

function numberIn(schema: Schema, keyword: string): number | undefined {
  const value = schema[keyword];
  return typeof value === "number" ? value : undefined;
}

function isFull(value: unknown): value is [unknown, ...unknown[]] {
  return Array.isArray(value) && value.length > 0;
}

function full<T>([first, ...rest]: readonly T[], otherwise: T): [T, ...T[]] {
  return first === undefined ? [otherwise] : [first, ...rest];
}
