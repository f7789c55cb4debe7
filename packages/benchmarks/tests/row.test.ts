import { describe, expect, test } from "vitest";
import { atLeast, atMost, judgeCrowded } from "../src/row.ts";

const details = { unit: " ms", reason: "It waits." };
const wait = (value: number, more: { diskTook?: number; slack?: number } = {}) =>
  atMost("resume", value, 10, { ...details, ...more });

describe("a row", () => {
  test("passes at the bar, falls short up to twice the bar, and is far off beyond that", () => {
    expect([10, 10.1, 20, 20.1].map((value) => wait(value).verdict)).toEqual([
      "pass",
      "short",
      "short",
      "far",
    ]);
    expect(
      [10, 9.9, 5, 4.9].map((value) => atLeast("runs-full", value, 10, details).verdict),
    ).toEqual(["pass", "short", "short", "far"]);
  });

  test("adds the bare disk's time to its limit for far, but not to its limit for a pass", () => {
    expect([25, 30.1].map((value) => wait(value, { diskTook: 5 }).verdict)).toEqual([
      "short",
      "far",
    ]);
  });

  test("extends its limit for far in proportion to how much the processor was shared", () => {
    expect([1, 2, 3].map((crowding) => judgeCrowded(wait(50), crowding).verdict)).toEqual([
      "far",
      "far",
      "short",
    ]);
  });

  test("uses its own slack", () => {
    expect(wait(35, { slack: 4 }).verdict).toBe("short");
  });

  test("is far off for NaN", () => {
    expect(wait(Number.NaN).verdict).toBe("far");
  });
});

test("a row contains its bar, its figure and the accompanying measurements", () => {
  const row = atMost("resume", 1234.5, 1000, {
    ...details,
    known: true,
    note: "bare 2 ms",
  });
  expect(row).toEqual({
    id: "resume",
    what: "resume of a killed run, 10,000 steps completed, to the next agent entered",
    bar: "≤ 1,000 ms",
    measured: "1,235 ms (bare 2 ms)",
    value: 1234.5,
    unit: " ms",
    better: "less",
    verdict: "short",
    farness: 1234.5 / 1000 / 2,
    isKnown: true,
    reason: "It waits.",
  });
});
