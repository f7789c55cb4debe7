import { describe, expect, test } from "vitest";
import { flipBits } from "../src/damage/flip-bits.ts";
import { halfRun } from "../src/damage/half-run.ts";

describe("a database with a flipped bit", () => {
  test("gives the right answers or says that it is damaged, and what is sound can be taken out of it", async () => {
    const { failures, counts, resumedCount } = await flipBits({
      files: halfRun(),
      firstSeed: 1,
      flipCount: 90,
      resumeEvery: 30,
    });
    expect({ failures, resumedCount }).toEqual({ failures: [], resumedCount: 3 });
    expect(counts["reported"]).toBeGreaterThan(20);
  });
});
