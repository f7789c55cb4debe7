import fc from "fast-check";

/** A JSON Schema of the subset that is enforced. */
export type JsonSchema = Readonly<Record<string, unknown>>;

// ajv ignores `__proto__` and fails at `toString`, so neither is among them.
const NAMES = ["a", "b", "name", "kind", "big-number", "isPrototypeOf"];
const TEXTS = ["", "x", "low", "high", "a.b", "👍👍"];
const NUMBERS = [-1, 0, 1, 2.5, 3];

const scalars = fc.oneof(
  fc.constantFrom(...TEXTS),
  fc.constantFrom(...NUMBERS),
  fc.boolean(),
  fc.constant(null),
);
const name = fc.constantFrom(...NAMES);

/** Any JSON value that is made of the few names and scalars that the schemas use. */
export const anyJson: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: "value" },
    scalars,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie("value")), { maxLength: 4 }).map(Object.fromEntries),
  ),
})).value;

/** A key with a value, or nothing. */
function maybe<T>(key: string, value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  return fc
    .option(value, { nil: undefined })
    .map((made) => (made === undefined ? {} : { [key]: made }));
}

const limits = (least: string, most: string, values: readonly number[]) =>
  fc
    .tuple(maybe(least, fc.constantFrom(...values)), maybe(most, fc.constantFrom(...values)))
    .map(([low, high]) => {
      const [from, to] = [low[least], high[most]];
      return from !== undefined && to !== undefined && from > to ? low : { ...low, ...high };
    });

const ALL_TYPES = ["string", "number", "integer", "boolean", "null", "array", "object"];

/** Schemas of a depth of up to 4 that `Schemas.read` accepts. */
export const schemas: fc.Arbitrary<JsonSchema> = fc.letrec<{ schema: JsonSchema }>((tie) => {
  const text = limits("minLength", "maxLength", [0, 1, 2, 3]).map((keys) => ({
    type: "string",
    ...keys,
  }));
  const number = fc
    .tuple(fc.constantFrom("number", "integer"), limits("minimum", "maximum", NUMBERS))
    .map(([type, keys]) => ({ type, ...keys }));
  const list = fc
    .tuple(maybe("items", tie("schema")), limits("minItems", "maxItems", [0, 1, 2]))
    .map(([items, keys]) => ({ type: "array", ...items, ...keys }));
  const object = fc
    .tuple(
      maybe(
        "properties",
        fc.array(fc.tuple(name, tie("schema")), { maxLength: 3 }).map(Object.fromEntries),
      ),
      maybe("required", fc.uniqueArray(name, { maxLength: 2 })),
      maybe("additionalProperties", fc.oneof(fc.boolean(), tie("schema"))),
    )
    .map((keys) => Object.assign({ type: "object" }, ...keys) as JsonSchema);
  const alternatives = fc
    .tuple(
      fc.constantFrom("anyOf", "oneOf"),
      fc.array(tie("schema"), { minLength: 1, maxLength: 3 }),
    )
    .map(([key, made]) => ({ [key]: made }));
  return {
    schema: fc.oneof(
      { maxDepth: 4, depthIdentifier: "schema" },
      fc.oneof(
        text,
        number,
        fc.constant({}),
        fc.array(scalars, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
        anyJson.map((value) => ({ const: value })),
        fc
          .uniqueArray(fc.constantFrom(...ALL_TYPES), { minLength: 1, maxLength: 3 })
          .map((type) => ({ type })),
      ),
      list,
      object,
      alternatives,
    ),
  };
}).schema;
