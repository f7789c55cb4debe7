import { describe, expect, test } from "vitest";
import { idOfPath } from "../../src/engine/canned-answers.js";
import { sampleOfSchema } from "../../src/engine/sample-of-schema.js";
import { schemaMisfit } from "../../src/language/index.js";

const schemas: readonly unknown[] = [
  { type: "boolean" },
  { type: "integer", minimum: -3, maximum: 2 },
  { type: "number", maximum: -1 },
  { type: "string", minLength: 20, maxLength: 20 },
  { type: "string", maxLength: 1 },
  { enum: ["low", "high", 3] },
  { const: { a: [1] } },
  { type: ["string", "null"] },
  { anyOf: [{ type: "null" }, { type: "array", items: { type: "integer" }, minItems: 3 }] },
  { oneOf: [{ type: "object", required: ["a"] }, { type: "string" }] },
  { type: "array", maxItems: 1, items: { enum: [true] } },
  {
    type: "object",
    required: ["items", "more"],
    properties: {
      items: { type: "array", items: { type: "object", required: ["id"] } },
      risk: { enum: ["low", "high"] },
    },
  },
  { required: ["a"] },
  { minItems: 1 },
  { minimum: 4 },
  {},
];

describe("sampleOfSchema", () => {
  test("makes up a value that fits, the same for the same name", () => {
    for (const schema of schemas) {
      for (const name of ["a", "build[auth]", "fix#2.test"]) {
        const sample = sampleOfSchema(schema, name);
        expect([schema, schemaMisfit(schema, sample)]).toEqual([schema, undefined]);
        expect(sampleOfSchema(schema, name)).toEqual(sample);
      }
    }
  });

  test("makes up different values for different names", () => {
    const rounds = Array.from({ length: 8 }, (_, index) =>
      sampleOfSchema({ type: "boolean" }, `fix#${index + 1}.test`),
    );
    expect(new Set(rounds)).toEqual(new Set([true, false]));
  });

  test("ends at a schema that is nested without end", () => {
    const schema: { type: string; properties: Record<string, unknown> } = {
      type: "object",
      properties: {},
    };
    schema.properties["self"] = schema;
    expect(JSON.stringify(sampleOfSchema(schema, "a")).length).toBeLessThan(500);
  });
});

describe("idOfPath", () => {
  test("returns the id of the innermost step", () => {
    expect(
      ["a", "each[x]", "each[src/a.b].inner", "fix#2", "g.fix#12.test-it", "k[a[b%5D]"].map(
        idOfPath,
      ),
    ).toEqual(["a", "each", "inner", "fix", "test-it", "k"]);
  });
});
