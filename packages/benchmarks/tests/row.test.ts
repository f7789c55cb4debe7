import { describe, expect, test } from "vitest";
import { atLeast, atMost, judgeCrowded } from "../src/row.ts";

const details = { unit: " ms", reason: "It waits." };

describe("the verdict of a row", () => {
  test("holds on the bar, falls short beyond it, and is far off beyond twice the bar", () => {
    expect([10, 10.1, 20, 20.1].map((value) => atMost("wait", value, 10, details).verdict)).toEqual(
      ["pass", "short", "short", "far"],
    );
    expect([10, 9.9, 5, 4.9].map((value) => atLeast("rate", value, 10, details).verdict)).toEqual([
      "pass",
      "short",
      "short",
      "far",
    ]);
  });

  test("lets a figure be further off by what the bare disk took, but not pass", () => {
    expect(
      [25, 30.1].map((value) => atMost("wait", value, 10, { ...details, diskTook: 5 }).verdict),
    ).toEqual(["short", "far"]);
  });

  test("of a time that is far off is softer where the processor was shared by as many", () => {
    const row = atMost("wait", 50, 10, details);
    expect([1, 2, 3].map((crowding) => judgeCrowded(row, crowding).verdict)).toEqual([
      "far",
      "far",
      "short",
    ]);
  });

  test("takes a slack of its own", () => {
    expect(atMost("wait", 35, 10, { ...details, slack: 4 }).verdict).toBe("short");
  });

  test("of a figure that is no number is far off", () => {
    expect(atMost("wait", Number.NaN, 10, details).verdict).toBe("far");
  });

  test("comes with its bar, its figure, and what was measured beside it", () => {
    expect(atMost("wait", 1234.5, 1000, { ...details, known: true, note: "bare 2 ms" })).toEqual({
      what: "wait",
      bar: "≤ 1,000 ms",
      measured: "1,235 ms (bare 2 ms)",
      verdict: "short",
      farness: 1234.5 / 1000 / 2,
      isKnown: true,
      reason: "It waits.",
    });
  });
});
