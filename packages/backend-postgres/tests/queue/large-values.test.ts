import { describe, expect, test } from "vitest";
import { assemble, divide } from "../../src/queue/large-values.js";

const long = (char: string): string => char.repeat(70_000);

const VALUES: readonly (readonly [string, unknown])[] = [
  ["a small value", { a: 1, b: [null, "", 0, false, { c: "\u0000 \ud800 \u2028" }] }],
  ["a long text", long("x")],
  ["a long text with NUL and an unpaired surrogate", { a: `${long("\u0000")}\ud800` }],
  ["long texts deep inside", { a: { b: { c: { d: { e: { f: long("y") } } } } } }],
  ["many small members", { a: Array.from({ length: 20_000 }, (_, index) => ({ index })) }],
  ["keys of Object.prototype", JSON.parse(`{"__proto__":"${long("p")}","constructor":1}`)],
  ["the same part twice", { results: { s: { t: long("z") } }, values: { s: { t: long("z") } } }],
  ["a large part among many small ones", { a: [long("l"), ...Array(20_000).fill("small")] }],
  ["a member that JSON leaves out", { a: undefined, b: [undefined], c: long("c") }],
];

describe("a divided value", () => {
  test.each(VALUES)("is the same once it is assembled: %s", (_, value) => {
    const { stored, contents } = divide(value);
    const sent = JSON.parse(JSON.stringify(stored)) as typeof stored;
    expect(JSON.stringify(assemble(sent, contents))).toBe(JSON.stringify(value));
  });

  test("stores each large part once, and leaves a short text", () => {
    const { stored, contents } = divide({ a: long("q"), b: { c: long("q") }, d: "short" });
    expect([contents.size, stored.parts?.length]).toEqual([1, 2]);
    expect(stored.json).toBe('{"a":null,"b":{"c":null},"d":"short"}');
  });

  test("may be longer than a string can be", () => {
    const large = "m".repeat(1_000_000);
    const value = {
      results: Object.fromEntries(Array.from({ length: 540 }, (_, i) => [i, large])),
    };
    expect(() => JSON.stringify(value)).toThrow("Invalid string length");
    const { stored, contents } = divide(value);
    expect([stored.parts?.length, contents.size]).toEqual([540, 1]);
    expect(Object.keys((assemble(stored, contents) as typeof value).results)).toHaveLength(540);
  });
});
