import { describe, expect, test } from "vitest";
import { readAnswer } from "../../src/drive/read-answer.js";

const RISK = { type: "object", required: ["risk"] };

/** Reads an answer; the values in `fitting`, as JSON, fit the schema, by default all do. */
function read(answer: unknown, schema: unknown, fits: (value: unknown) => boolean = () => true) {
  return readAnswer(answer, {
    schema,
    misfit: (value) => (fits(value) ? undefined : `${JSON.stringify(value)} does not fit`),
  });
}

const value = (of: unknown) => ({ ok: true, value: of });
const error = (of: string) => ({ ok: false, error: of });

describe("readAnswer of a text", () => {
  test.each([
    ["the whole text", '  {"risk": "low"}\n', { risk: "low" }],
    ["a fenced block", 'Sure!\n```json\n{"risk": "low"}\n```\nAnything else?', { risk: "low" }],
    ["the first fenced block that is JSON", "```sh\nls {}\n```\n```\n[1]\n```", [1]],
    ["a fenced block before braces in front of it", 'a {"x": 1} b\n```\n{"y": 2}\n```', { y: 2 }],
    ["the first balanced braces", 'It is {"a": {"b": "}"}} or {"c": 1}', { a: { b: "}" } }],
    ["brackets after braces that are not JSON", "{sic} gives [1, 2] here", [1, 2]],
    ["a text with an escaped quote", String.raw`x {"a": "\"}"} y`, { a: '"}' }],
    ["a number that is the whole text", "42\n", 42],
  ])("finds %s", (_, text, expected) => {
    expect(read(text, { type: ["object", "array", "number"] })).toEqual(value(expected));
  });

  test("refuses a text without JSON", () => {
    const expected = error("the answer is text without a JSON value in it");
    for (const text of ["no idea", "1 and 2", "{", '{"a": ', "[}", "```\n```"])
      expect([text, read(text, RISK)]).toEqual([text, expected]);
  });

  test("refuses an empty text", () => {
    const expected = error("the answer is empty; a JSON value was expected");
    expect([read("", RISK), read(" \n", RISK)]).toEqual([expected, expected]);
  });

  test("judges the first JSON value, and looks for no other", () => {
    const fits = (found: unknown) => JSON.stringify(found) === "[2]";
    expect(read("first [1], then [2]", { type: "array" }, fits)).toEqual(error("[1] does not fit"));
  });

  test("refuses a number that cannot be stored unchanged", () => {
    const answer = read('{"id": 12345678901234567890}', RISK);
    expect(answer.ok ? answer.value : answer.error).toMatch(
      /^the answer cannot be stored unchanged: .*12345678901234567890/,
    );
  });

  test("is the value itself for a schema that admits only text", () => {
    for (const schema of [
      { type: "string" },
      { enum: ["low", "high"] },
      { const: "[1]" },
      { anyOf: [{ type: "string" }, { const: "x" }] },
      { type: "string", minLength: 1 },
      { type: ["string", "number"], anyOf: [{ type: ["string", "null"] }] },
    ])
      expect([schema, read("[1]\n", schema)]).toEqual([schema, value("[1]\n")]);
  });

  test("is JSON if that fits, else text, for a schema that admits both", () => {
    const fits = (found: unknown) => found === null || typeof found === "string";
    const schema = { type: ["string", "null"] };
    expect([read("null", schema, fits), read("[1]", schema, fits), read("so", {}, fits)]).toEqual([
      value(null),
      value("[1]"),
      value("so"),
    ]);
  });

  test("takes bounded time for texts that are all brackets", () => {
    const deep = "[{".repeat(100_000);
    expect([read(deep, RISK).ok, read('["'.repeat(100_000), RISK).ok]).toEqual([false, false]);
  });
});

describe("readAnswer of another value", () => {
  test("is that value if it fits", () => {
    expect(read({ risk: "low" }, RISK)).toEqual(value({ risk: "low" }));
  });

  test("is refused if it does not fit", () => {
    expect(read(3, { type: "string" }, () => false)).toEqual(error("3 does not fit"));
  });

  test("is null for an agent that gives undefined", () => {
    expect(read(undefined, { type: "null" })).toEqual(value(null));
  });
});
