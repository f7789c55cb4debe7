import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Suggester } from "../src/index.js";
import { editDistance } from "../src/issues/edit-distance.js";

describe("Suggester.nearest", () => {
  const keys = ["dependencies", "task", "timeout", "id", "agentId"];
  test.each([
    ["dependancies", "dependencies"],
    ["tsak", "task"],
    ["Timeout", "timeout"],
    ["ID", "id"],
    ["agentid", "agentId"],
    ["needs", undefined],
    ["x", undefined],
    ["t".repeat(100), undefined],
  ])("suggests for %s: %s", (word, meant) => {
    expect(new Suggester().nearest(word, keys)).toBe(meant);
  });

  test("makes no suggestion once its comparisons have cost too much", () => {
    const names = Array.from({ length: 60_000 }, (_, index) => `name-${index}`);
    const suggester = new Suggester();
    const answers = [suggester, suggester, new Suggester()].map((each) =>
      each.nearest("nome-59999", names),
    );
    expect(answers).toEqual(["name-59999", undefined, "name-59999"]);
  });
});

describe("editDistance", () => {
  test("is symmetric, zero for equal words, and at most the limit", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
    fc.assert(
      fc.property(word, word, fc.integer({ min: 1, max: 8 }), (one, other, limit) => {
        const distance = editDistance(one, other);
        expect([distance === 0, editDistance(other, one), editDistance(one, other, limit)]).toEqual(
          [one === other, distance, Math.min(distance, limit)],
        );
        expect(distance).toBeGreaterThanOrEqual(Math.abs(one.length - other.length));
        expect(distance).toBeLessThanOrEqual(Math.max(one.length, other.length));
      }),
    );
  });
});
