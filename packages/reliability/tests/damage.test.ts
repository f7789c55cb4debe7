import { describe, expect, test } from "vitest";
import { flipBits } from "../src/damage/flip-bits.ts";
import { writeInterruptedFiles } from "../src/damage/interrupted-files.ts";

describe("a database with a flipped bit", () => {
  test("returns correct answers or reports the damage, and can be salvaged", async () => {
    const { failures, counts, resumedCount } = await flipBits({
      files: writeInterruptedFiles(),
      firstSeed: 1,
      flipCount: 90,
      resumeEvery: 30,
    });
    expect({ failures, resumedCount }).toEqual({ failures: [], resumedCount: 3 });
    expect(counts["reported"]).toBeGreaterThan(20);
  });
});
