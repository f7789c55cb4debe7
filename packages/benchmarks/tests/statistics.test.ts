import { describe, expect, test } from "vitest";
import { seededChance } from "../src/seeded-chance.ts";
import { median, medianInterval } from "../src/statistics.ts";

test("median is the middle value, or the mean of the two middle ones", () => {
  expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([])]).toEqual([2, 2.5, Number.NaN]);
});

describe("medianInterval", () => {
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

  test("is the tightest pair of order statistics with 95 % confidence", () => {
    expect([7, 9, 12, 17].map((count) => medianInterval(upTo(count)))).toEqual([
      { low: 1, high: 7, confidence: 1 - 2 / 2 ** 7 },
      { low: 2, high: 8, confidence: 1 - (2 * (1 + 9)) / 2 ** 9 },
      { low: 3, high: 10, confidence: 1 - (2 * (1 + 12 + 66)) / 2 ** 12 },
      { low: 5, high: 13, confidence: 1 - (2 * (1 + 17 + 136 + 680 + 2380)) / 2 ** 17 },
    ]);
  });

  test("is the whole range for fewer than 6 values", () => {
    expect(medianInterval([3, 1, 2])).toEqual({ low: 1, high: 3, confidence: 0.75 });
  });

  test("contains the median of a skewed distribution at the stated confidence", () => {
    const chance = seededChance(1);
    const trials = 4000;
    let held = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const { low, high } = medianInterval(Array.from({ length: 9 }, () => -Math.log(chance())));
      if (low <= Math.LN2 && Math.LN2 <= high) held += 1;
    }
    expect(held / trials).toBeGreaterThan(0.95);
  });
});
