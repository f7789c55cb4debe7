import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Identifier, slugOf } from "../src/index.js";

describe("Identifier", () => {
  test("accepts a letter followed by up to 127 letters, digits, _ and -", () => {
    const answers = [
      "a",
      "A-b_9",
      `a${"b".repeat(127)}`,
      `a${"b".repeat(128)}`,
      "",
      "9a",
      "_a",
      "-a",
      "a b",
      "a.b",
      "é",
      "a\n",
    ].map((id) => Identifier.safeParse(id).success);
    expect(answers).toEqual([true, true, true, ...Array(9).fill(false)]);
  });

  test("refuses a name that every object inherits, with exactly one issue", () => {
    const answers = [...Object.getOwnPropertyNames(Object.prototype), "prototype"].map(
      (id) => Identifier.safeParse(id).error?.issues.length,
    );
    expect(answers.every((count) => count === 1)).toBe(true);
  });
});

describe("slugOf", () => {
  test.each([
    ["User Authentication System", "user-authentication-system"],
    ["  Über-Größe: 2. Versuch! ", "uber-gro-e-2-versuch"],
    ["snake_case", "snake_case"],
    ["2026 plan", "plan"],
    ["2026", undefined],
    ["設計", undefined],
    ["Constructor", undefined],
  ])("turns %j into %j", (name, slug) => {
    expect(slugOf(name)).toBe(slug);
  });

  test("reads only the beginning of a long name", () => {
    // To normalise all of these marks would take a minute.
    const marks = "\u0300\u0316".repeat(500_000);
    expect([slugOf(`a${marks}b`), slugOf(`${"a".repeat(500)}b`)]).toEqual(["a", "a".repeat(128)]);
  });

  test("always returns a valid identifier or undefined", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (name) => {
        const slug = slugOf(name);
        expect(slug === undefined || Identifier.safeParse(slug).success).toBe(true);
      }),
    );
  });
});
