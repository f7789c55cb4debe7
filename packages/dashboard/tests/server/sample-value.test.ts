import { describe, expect, test } from "vitest";
import { raisedBudget } from "../../src/server/gates/budget-question.js";
import { sampleValue } from "../../src/server/gates/sample-value.js";

describe("sampleValue", () => {
  test.each([
    [{ type: "string", minLength: 3 }, "xxx"],
    [{ type: "integer", minimum: 1.5, maximum: 9 }, 2],
    [{ type: "number", maximum: -4 }, -4],
    [{ type: "boolean" }, true],
    [{ type: "array", items: { enum: ["a", "b"] }, minItems: 2 }, ["a", "a"]],
    [{ const: 7 }, 7],
    [{ default: "d", type: "string" }, "d"],
    [{ oneOf: [{ type: "null" }, { type: "string" }] }, null],
    [{ type: ["integer", "null"] }, 0],
    [
      { properties: { a: { type: "string" }, b: { type: "boolean" } }, required: ["b"] },
      { b: true },
    ],
    [{}, null],
    [undefined, null],
  ])("fits %j", (schema, value) => {
    expect(sampleValue(schema)).toEqual(value);
  });
});

describe("raisedBudget", () => {
  const report = (dimension: "usd" | "wall", heldBy: "usd" | "wall" | "unmetered") => ({
    ...{ limits: {}, settled: { usd: 1, tokens: 0, launches: 1, wallMs: 0 }, reserved: {} },
    ...{ estimated: 0, unmetered: 0, heldBy },
    shares: [{ dimension, settled: 1, reserved: 0, limit: 2, percent: 50 }],
  });

  test("changes the limit that holds the run back, in its own unit", () => {
    expect([
      raisedBudget(report("usd", "usd") as never, 5),
      raisedBudget(report("wall", "wall") as never, 5),
      raisedBudget(report("usd", "unmetered") as never, 0),
    ]).toEqual([{ usd: 5 }, { wallMs: 300_000 }, { unmetered: "allow" }]);
  });
});
