import { describe, expect, test } from "vitest";
import { tabulate } from "../../src/against/compare-versions.ts";
import type { Pairs } from "../../src/against/measure-pairs.ts";
import { type RowId, TITLES } from "../../src/titles.ts";

const row = (id: RowId, rest: { ours: number[] } | { failure: string }): Pairs => {
  const figure = { id, what: TITLES[id], unit: " ms", value: 1, better: "less" } as const;
  return "failure" in rest
    ? { ...figure, ...rest }
    : { ...figure, pairs: rest.ours.map((ours) => ({ ours, theirs: 10 })) };
};

describe("tabulate", () => {
  test("prints one line per row, then the counts", () => {
    const { lines, isWorse } = tabulate(
      [
        row("transition", { ours: [11, 11, 11, 11, 11, 12, 12] }),
        row("start-10", { ours: [5, 20, 10, 10, 10, 10, 10] }),
        row("show", { failure: "SyntaxError: no export named x" }),
      ],
      "v1",
    );
    expect([isWorse, lines]).toEqual([
      true,
      [
        "worse           transition at 10,000 steps: × 1.100 (1.100 to 1.200), 11 against 10 ms",
        "same            text to first agent, 10 steps: × 1.000 (0.500 to 2.000), 10 against 10 ms",
        "not comparable  axw show RUN, whole process: SyntaxError: no export named x",
        "",
        "Ratios are this version over v1: the median of the pairs, and its interval of at least " +
          "95 % confidence. A row is worse, or better, when the whole interval is beyond 5 %.",
        "Intervals too wide to show a change of 5 %: 1. Raise --pairs.",
        "2 rows compared: 1 worse, 0 better, 1 same; 1 not comparable",
      ],
    ]);
  });
});
