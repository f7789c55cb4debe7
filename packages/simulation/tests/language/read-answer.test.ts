import { describe, expect, test } from "vitest";
import { readAnswer, schemaMisfit } from "../../src/language/index.js";

const risk = {
  type: "object",
  required: ["risk"],
  properties: { risk: { enum: ["low", "high"] } },
};

describe("an answer to a step with a schema", () => {
  test("may be JSON, a text of JSON, a fenced block, or JSON within prose", () => {
    const value = { risk: "low" };
    const text = JSON.stringify(value);
    for (const answer of [
      value,
      text,
      `Sure.\n\`\`\`json\n${text}\n\`\`\`\nAnything else?`,
      `It is ${text}, as "{" shows.`,
      `Braces {"risk": "low", "why": "} \\" ]"} in a text`,
    ])
      expect(readAnswer({ ...risk, additionalProperties: true }, answer)).toMatchObject({
        ok: true,
        value,
      });
  });

  test("names what is missing or wrong", () => {
    expect([
      readAnswer(risk, {}),
      readAnswer(risk, '{"risk":"medium"}'),
      readAnswer(risk, "no idea"),
      readAnswer(risk, "half {"),
    ]).toEqual([
      { ok: false, error: "$.risk is missing" },
      { ok: false, error: '$.risk is not one of ["low","high"]' },
      { ok: false, error: "the answer holds no JSON" },
      { ok: false, error: "the answer holds no JSON" },
    ]);
  });

  test("is taken as it stands where text is allowed", () => {
    for (const schema of [{ type: "string" }, { enum: ["7", 7] }, { anyOf: [{ type: "string" }] }])
      expect(readAnswer(schema, "7")).toEqual({ ok: true, value: "7" });
    expect(readAnswer({ const: 7 }, "7")).toEqual({ ok: true, value: 7 });
  });
});

describe("schemaMisfit", () => {
  test("checks every keyword", () => {
    const rows: readonly (readonly [unknown, unknown, string | undefined])[] = [
      [{ type: "integer" }, 1.5, "$ is number, not integer"],
      [{ type: ["string", "null"] }, null, undefined],
      [{ const: { a: 1 } }, { a: 2 }, "$ is another value"],
      [{ minimum: 2, maximum: 3 }, 1, "$ is below minimum 2"],
      [{ minimum: 2, maximum: 3 }, 4, "$ is above maximum 3"],
      [{ minLength: 2 }, "😀", "$ is below minLength 2"],
      [{ maxItems: 1 }, [1, 2], "$ is above maxItems 1"],
      [{ items: { type: "string" } }, ["a", 1], "$[1] is number, not string"],
      [
        { properties: { a: true }, additionalProperties: false },
        { a: 1, b: 1 },
        "$.b is not allowed",
      ],
      [{ additionalProperties: { type: "null" } }, { b: 1 }, "$.b is number, not null"],
      [{ anyOf: [{ type: "null" }, { type: "array" }] }, 1, "$ fits no schema of anyOf"],
      [{ oneOf: [{ type: "number" }, { type: "integer" }] }, 1, "$ does not fit one of oneOf"],
    ];
    expect(rows.map(([schema, value]) => [schema, value, schemaMisfit(schema, value)])).toEqual(
      rows,
    );
  });
});
