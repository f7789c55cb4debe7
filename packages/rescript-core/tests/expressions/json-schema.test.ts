import { describe, expect, test } from "vitest";
import { type Schema, Schemas, ValueTypes } from "../../src/index.js";

const schemaOf = (json: unknown): Schema => {
  const outcome = Schemas.read(json);
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join("; "));
  return outcome.schema;
};
const messages = (json: unknown, value: unknown): string[] =>
  Schemas.validate(schemaOf(json), value).map(({ message }) => message);
const problems = (json: unknown): (string | undefined)[][] => {
  const outcome = Schemas.read(json);
  return outcome.ok
    ? []
    : outcome.problems.map(({ code, path, message, remedy }) => [
        code,
        path.join("."),
        message,
        remedy,
      ]);
};
const replacements = (json: unknown): unknown[] => {
  const outcome = Schemas.read(json);
  return outcome.ok ? [] : outcome.problems.map(({ replacement }) => replacement);
};

const manyObjects = Array.from({ length: 3_000 }, (_, index) => ({
  type: "object",
  properties: { [`p${index}`]: {} },
}));
const risk = { enum: ["low", "high"] };
const design = {
  type: "object",
  required: ["modules", "risk"],
  properties: {
    modules: {
      type: "array",
      items: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
    },
    risk,
  },
};

describe("Schemas.validate", () => {
  test("accepts a value that fits", () => {
    expect(messages(design, { modules: [{ name: "auth" }], risk: "low", note: 1 })).toEqual([]);
  });

  test("lists every misfit with its path", () => {
    expect(
      Schemas.validate(schemaOf(design), { modules: [{ name: 3 }, {}, "x"], risk: "medium" }),
    ).toEqual([
      {
        path: ["modules", 0, "name"],
        message: "$.modules[0].name must be a string, not the number 3",
      },
      { path: ["modules", 1, "name"], message: "$.modules[1].name is missing" },
      { path: ["modules", 2], message: '$.modules[2] must be an object, not the string "x"' },
      {
        path: ["risk"],
        message: '$.risk must be one of "low", "high", not the string "medium"',
      },
    ]);
  });

  test.each<[unknown, unknown, string[]]>([
    [{ type: "integer" }, 1.5, ["$ must be a whole number, not the number 1.5"]],
    [{ type: ["integer", "null"] }, "1", ['$ must be a whole number or null, not the string "1"']],
    [{ type: "number", minimum: 1, maximum: 3 }, 0, ["$ must be at least 1; it is 0"]],
    [{ type: "number", minimum: 1, maximum: 3 }, 4, ["$ must be at most 3; it is 4"]],
    [
      { type: "string", minLength: 1 },
      "",
      ["$ must have at least 1 character; it has 0 characters"],
    ],
    [{ type: "string", maxLength: 1 }, "👍", []],
    [{ type: "array", minItems: 2 }, [1], ["$ must have at least 2 items; it has 1 item"]],
    [{ type: "array", maxItems: 1 }, [1, 2], ["$ must have at most 1 item; it has 2 items"]],
    [{ const: { a: [1, null] } }, { a: [1, null] }, []],
    [{ const: "x" }, "y", ['$ must be "x", not the string "y"']],
    [{ enum: [1, "1"] }, true, ['$ must be one of 1, "1", not true']],
    [
      { type: "object", properties: { a: {} }, additionalProperties: false },
      { a: 1, "b c": 2 },
      ['$["b c"] is not allowed: the properties are "a"'],
    ],
    [
      { type: "object", additionalProperties: { type: "number" } },
      { a: 1, b: "2" },
      ['$.b must be a number, not the string "2"'],
    ],
    [
      { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" } }] },
      [1],
      ["$[0] must be a string, not the number 1"],
    ],
    [
      { anyOf: [{ type: "string" }, { type: "number" }] },
      true,
      [
        "$ fits none of the 2 alternatives: " +
          "(1) $ must be a string, not true; (2) $ must be a number, not true",
      ],
    ],
    [
      { oneOf: [{ type: "number" }, { type: "integer" }, { type: "string" }] },
      1,
      ["$ must fit exactly one of the 3 schemas of `oneOf`; it fits number 1 and 2"],
    ],
    [
      {
        oneOf: [
          { type: "object", required: ["kind"], properties: { kind: { const: "a" } } },
          {
            type: "object",
            required: ["kind", "n"],
            properties: { kind: { const: "b" }, n: { type: "number" } },
          },
        ],
      },
      { kind: "b" },
      ["$.n is missing"],
    ],
  ])("of %j and %j gives %j", (json, value, expected) => {
    expect(messages(json, value)).toEqual(expected);
  });

  test("lists at most 20 misfits", () => {
    const numbers = schemaOf({ type: "array", items: { type: "number" } });
    expect(Schemas.validate(numbers, Array.from({ length: 100_000 }, String))).toHaveLength(20);
  });

  test("takes only own properties for properties", () => {
    const schema = {
      type: "object",
      required: ["toString", "__proto__"],
      properties: { constructor: { type: "string" } },
    };
    expect(messages(schema, {})).toEqual(["$.toString is missing", "$.__proto__ is missing"]);
    const own = JSON.parse('{"__proto__": 1, "toString": 2, "constructor": "x"}') as unknown;
    expect(messages(schema, own)).toEqual([]);
  });

  test("checks a value of any depth with as much stack as the schema is deep", () => {
    let value: unknown = 1;
    for (let depth = 0; depth < 100_000; depth += 1) value = [value];
    expect(messages({ type: "array", items: { type: "array" } }, value)).toEqual([]);
    expect(messages({ const: [[1]] }, value)).toEqual(["$ must be [[1]], not a list"]);
  });

  test("compares a value once with each alternative, however deep they nest", () => {
    let json: unknown = { type: "string" };
    for (let depth = 0; depth < 60; depth += 1) json = { anyOf: [{ type: "null" }, json] };
    expect(messages(json, 1)).toHaveLength(1);
    expect(messages(json, "x")).toEqual([]);
  });

  test("shortens what it repeats of a value", () => {
    expect(messages({ type: "number" }, "x".repeat(1000))[0]).toHaveLength(98);
  });
});

describe("Schemas.accept", () => {
  test("gives the value, or one text with every misfit", () => {
    expect([
      Schemas.accept(schemaOf(design), { modules: [], risk: "low" }),
      Schemas.accept(schemaOf(design), { modules: 1 }),
    ]).toEqual([
      { ok: true, value: { modules: [], risk: "low" } },
      { ok: false, error: "$.risk is missing; $.modules must be a list, not the number 1" },
    ]);
  });
});

describe("Schemas.read", () => {
  test("accepts annotations and keys that begin with x-", () => {
    expect(
      problems({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        title: "Risk",
        description: "How dangerous the change is",
        default: "low",
        examples: ["high"],
        "x-order": 1,
        ...risk,
      }),
    ).toEqual([]);
  });

  test.each<[string, unknown, string, string]>([
    ["pattern", { type: "string", pattern: "^a+$" }, "pattern", "regular expressions are not"],
    ["$ref", { $ref: "#/x" }, "$ref", "write the schema in place"],
    ["nullable", { type: "string", nullable: true }, "nullable", "add null to the types"],
    ["allOf", { allOf: [{}] }, "allOf", "merge the schemas"],
    ["a misspelt keyword", { type: "array", itms: { type: "string" } }, "itms", "write `items`"],
    ["an unknown type", { type: "int" }, "type", "write `integer`"],
    ["a misspelt type", { type: ["strng", "null"] }, "type.0", "write `string`"],
    ["type any", { type: "any" }, "type", "remove `type`"],
    ["null in a list of types", { type: ["string", null] }, "type.1", 'write `"null"`'],
    ["a schema as text", "string", "", "write `{ type: string }`"],
    ["a list", [], "", "write `type`"],
    ["false", false, "", "remove it"],
    ["an empty enum", { enum: [] }, "enum", "list the values"],
    ["a count with a unit", { type: "string", maxLength: "10kb" }, "maxLength", "without a unit"],
    ["a bound as text", { type: "number", minimum: "1" }, "minimum", "without quotes"],
    [
      "limits that exclude all",
      { type: "array", minItems: 2, maxItems: 1 },
      "maxItems",
      "exchange",
    ],
    ["a list of item schemas", { type: "array", items: [{}] }, "items", "use an object"],
    ["properties as a list", { type: "object", properties: ["a"] }, "properties", "its schema"],
    ["required as a flag", { type: "object", required: true }, "required", "list the properties"],
    ["a number in required", { type: "object", required: [1] }, "required.0", "names as text"],
    ["an empty anyOf", { anyOf: [] }, "anyOf", "list the schemas"],
    ["a value of another type", { type: "string", enum: ["a", 1] }, "enum.1", "change the type"],
    ["const outside enum", { enum: ["a"], const: "b" }, "const", "remove one of the two"],
    ["a keyword without type", { properties: {} }, "properties", "add `type: object`"],
    ["a keyword of another type", { type: "string", minItems: 1 }, "minItems", "change `type`"],
    [
      "an alternative of another type",
      { type: "string", anyOf: [{ type: "number" }] },
      "anyOf.0",
      "change `type`",
    ],
  ])("refuses %s", (_, json, path, remedy) => {
    expect(problems(json)).toEqual([
      ["AXW1501", path, expect.any(String), expect.stringContaining(remedy)],
    ]);
  });

  test("takes names in place of keywords for properties, and writes the schema", () => {
    const json = { risk: "string", note: "string?", tags: "string[]", level: ["a", "b"] };
    expect([problems(json), replacements(json)]).toEqual([
      [
        [
          "AXW1502",
          "risk",
          "`risk` is the name of a property, where the keywords of a JSON Schema are expected",
          "write `type: object`, and the properties with their schemas under `properties`",
        ],
      ],
      [
        {
          path: [],
          value: {
            type: "object",
            required: ["risk", "tags", "level"],
            properties: {
              risk: { type: "string" },
              note: { type: "string" },
              tags: { type: "array", items: { type: "string" } },
              level: { enum: ["a", "b"] },
            },
          },
        },
      ],
    ]);
  });

  test.each<[unknown, string]>([
    [{ type: "string", name: "string" }, "name"],
    [{ type: "object", name: { type: "string" } }, "name"],
    [{ title: "string", body: "string" }, "body"],
    [{ description: "What it is", risk: "int" }, "risk"],
  ])("takes %j for properties", (json, path) => {
    expect(problems(json).map(([code, at]) => [code, at])).toEqual([["AXW1502", path]]);
  });

  test("moves `required: true` of properties to the list of the object", () => {
    const json = {
      type: "object",
      properties: {
        a: { type: "string", required: true },
        b: { type: "string", required: false },
      },
    };
    expect([problems(json).map(([, path]) => path), replacements(json)]).toEqual([
      ["properties.a.required", "properties.b.required"],
      [
        {
          path: [],
          value: {
            required: ["a"],
            type: "object",
            properties: { a: { type: "string" }, b: { type: "string" } },
          },
        },
        undefined,
      ],
    ]);
  });

  test.each<[unknown, unknown]>([
    [{ type: "str" }, { path: ["type"], value: "string" }],
    [
      { type: "string", nullable: true },
      { path: [], value: { type: ["string", "null"] } },
    ],
    [
      { type: "array", item: { type: "string" } },
      { path: [], value: { type: "array", items: { type: "string" } } },
    ],
    ["number[]", { path: [], value: { type: "array", items: { type: "number" } } }],
    [{ minimum: 1 }, { path: [], value: { type: "number", minimum: 1 } }],
  ])("repairs %j", (json, replacement) => {
    expect(replacements(json)).toEqual([replacement]);
  });

  test("lists all problems at once", () => {
    expect(
      problems({
        type: "objct",
        properties: { a: { type: "string", format: "date" }, b: { type: "array", minItems: -1 } },
        required: "a",
      }).map(([code, path]) => `${code} ${path}`),
    ).toEqual([
      "AXW1501 type",
      "AXW1501 properties.a.format",
      "AXW1501 properties.b.minItems",
      "AXW1501 required",
    ]);
  });

  test("refuses a schema that is too deep, too large or contains itself", () => {
    let deep: unknown = { type: "string" };
    for (let depth = 0; depth < 200; depth += 1) deep = { type: "array", items: deep };
    const large = { enum: Array.from({ length: 30_000 }, (_, index) => index) };
    const cyclic: Record<string, unknown> = { type: "array" };
    cyclic.items = cyclic;
    expect([deep, large, cyclic].map((json) => problems(json).map(([code]) => code))).toEqual([
      ["AXW1504"],
      ["AXW1504"],
      ["AXW1504"],
    ]);
  });
});

describe("Schemas.ofForm", () => {
  test("reads words, lists of values and schemas, and accepts no other property", () => {
    const outcome = Schemas.ofForm({ note: "string?", level: ["a", "b"], n: { type: "number" } });
    const misfits = outcome.ok ? Schemas.validate(outcome.schema, { level: "c", x: 1 }) : [];
    expect(misfits.map(({ message }) => message)).toEqual([
      "$.n is missing",
      '$.level must be one of "a", "b", not the string "c"',
      '$.x is not allowed: the properties are "note", "level" or "n"',
    ]);
  });

  test("refuses what is no type", () => {
    const outcome = Schemas.ofForm({ ok: "boolean", n: "numeral" });
    expect(outcome.ok ? [] : outcome.problems.map(({ code, path }) => [code, path])).toEqual([
      ["AXW1503", ["n"]],
    ]);
  });
});

describe("Schemas.typeOf", () => {
  test.each<[unknown, string]>([
    [{}, "any value"],
    [{ type: "string" }, "a string"],
    [{ type: ["integer", "null"] }, "an integer or null"],
    [risk, "one of 'low', 'high'"],
    [{ enum: [true, false, null] }, "a boolean or null"],
    [{ type: "array", items: { type: "string" } }, "a list of strings"],
    [{ type: "array" }, "a list of any values"],
    [{ type: "object" }, "an object"],
    [design, "an object with modules, risk"],
    [{ type: "object", properties: { a: {}, b: {} }, required: ["b"] }, "an object with a?, b"],
    [{ type: "object", required: ["x"] }, "an object with x"],
    [{ anyOf: [{ type: "string" }, { type: "number" }] }, "a string or a number"],
    [
      {
        type: "object",
        properties: { a: { type: "string" }, b: { type: "number" } },
        anyOf: [{ required: ["a"] }, { required: ["b"] }],
      },
      "an object with a, b? or an object with a?, b",
    ],
    [{ type: ["string", "number"], anyOf: [{ type: "string" }, {}] }, "a string or a number"],
    [{ const: { a: [1] } }, "an object with a"],
    [{ anyOf: manyObjects }, "an object"],
  ])("of %j is %s", (json, words) => {
    expect(ValueTypes.describe(Schemas.typeOf(schemaOf(json)))).toBe(words);
  });
});
