import { describe, expect, test } from "vitest";
import type { ComparedStep, Comparison } from "../../../src/api/run.schema.js";
import { comparedRows, differingInputs, figuresOf } from "../../../src/page/compare/comparison.js";

const step = (status: string, changes: Partial<ComparedStep> = {}): ComparedStep => ({
  ...{ status, attempts: 1 },
  ...changes,
});

const compared = (
  name: string,
  left: ComparedStep | null,
  right: ComparedStep | null,
  isSame = false,
): Comparison["steps"][number] => ({ step: name, left, right, isSame });

describe("comparedRows", () => {
  test("puts what differs first: the status, then steps of one run, then results", () => {
    const rows = comparedRows([
      compared("same", step("completed"), step("completed"), true),
      compared("result", step("completed"), step("completed")),
      compared("new", null, step("completed")),
      compared("gone", step("completed"), null),
      compared("failed", step("completed"), step("failed")),
    ]);
    expect(rows.map((row) => [row.step, row.difference])).toEqual([
      ["failed", "status"],
      ["gone", "only_left"],
      ["new", "only_right"],
      ["result", "result"],
      ["same", "same"],
    ]);
  });
});

describe("figuresOf", () => {
  test("says what a step took, as far as it is known", () => {
    expect([
      figuresOf(step("completed", { tookMs: 192_000, usd: 0.384, attempts: 2 })),
      figuresOf(step("skipped", { attempts: 0 })),
      figuresOf(null),
    ]).toEqual(["3m12s, $0.38, 2 attempts", "", ""]);
  });
});

describe("differingInputs", () => {
  test("leaves out inputs with the same value", () => {
    expect(
      differingInputs([
        { name: "a", left: [1], right: [1] },
        { name: "b", left: 1, right: 2 },
        { name: "c", right: 2 },
      ]).map(({ name }) => name),
    ).toEqual(["b", "c"]);
  });
});
