import { describe, expect, test } from "vitest";
import { comparePairs, type Pair } from "../../src/against/verdict.ts";
import { seededChance } from "../../src/seeded-chance.ts";

const TRIALS = 500;

/** Pairs on a machine that drifts by a factor of two, with noise of up to 3 % in each figure. */
function pairsOf(slowdown: number, seed: number, count: number): Pair[] {
  const chance = seededChance(seed);
  const noise = (): number => 1 + 0.06 * (chance() - 0.5);
  return Array.from({ length: count }, () => {
    const machine = 10 * (1 + chance());
    return { ours: machine * slowdown * noise(), theirs: machine * noise() };
  });
}

function verdictsOf(slowdown: number, count: number): Record<string, number> {
  const verdicts = { better: 0, same: 0, worse: 0 };
  for (let seed = 0; seed < TRIALS; seed += 1)
    verdicts[comparePairs(pairsOf(slowdown, seed, count), "less").verdict] += 1;
  return verdicts;
}

describe("comparePairs", () => {
  test("finds a planted slowdown of 10 %, even on a machine whose speed drifts", () => {
    expect(verdictsOf(1.1, 9)["worse"]).toBeGreaterThan(0.95 * TRIALS);
  });

  test("finds a planted speedup of 10 %", () => {
    expect(verdictsOf(1 / 1.1, 9)["better"]).toBeGreaterThan(0.95 * TRIALS);
  });

  test("finds no difference between equal versions", () => {
    expect([7, 9].map((count) => verdictsOf(1, count))).toEqual([
      { better: 0, same: TRIALS, worse: 0 },
      { better: 0, same: TRIALS, worse: 0 },
    ]);
  });

  test("ignores a difference below the tolerance", () => {
    expect(verdictsOf(1.02, 9)).toEqual({ better: 0, same: TRIALS, worse: 0 });
  });

  test("reports a higher figure as better only where higher is better", () => {
    const pairs = Array.from({ length: 7 }, () => ({ ours: 12, theirs: 10 }));
    expect([comparePairs(pairs, "more"), comparePairs(pairs, "less")]).toEqual([
      { ratio: 1.2, low: 1.2, high: 1.2, verdict: "better" },
      { ratio: 1.2, low: 1.2, high: 1.2, verdict: "worse" },
    ]);
  });

  test("treats two zeros as equal, and an increase from zero as worse", () => {
    const pairs = (ours: number): Pair[] => Array.from({ length: 7 }, () => ({ ours, theirs: 0 }));
    expect([
      comparePairs(pairs(0), "less").verdict,
      comparePairs(pairs(1), "less").verdict,
    ]).toEqual(["same", "worse"]);
  });
});
