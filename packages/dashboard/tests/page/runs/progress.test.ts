import { describe, expect, test } from "vitest";
import { progressOf } from "../../../src/page/runs/progress.js";
import { rowWord } from "../../../src/page/runs/row-word.js";
import { countOf, countText, totalOf } from "../../../src/page/runs/run-counts.js";

describe("progressOf", () => {
  test("each kind of step has its share of the bar, and pending steps are the rest", () => {
    expect(
      progressOf({
        total: 20,
        completed: 10,
        failed: 1,
        running: 2,
        waiting: 1,
        open: 1,
        unknown: 1,
        skipped: 1,
        cancelled: 0,
      }),
    ).toEqual({
      parts: [
        { look: "m-ok", percent: 50 },
        { look: "m-fail", percent: 5 },
        { look: "m-run", percent: 10 },
        { look: "m-wait", percent: 15 },
        { look: "m-idle", percent: 5 },
      ],
      text: "10 of 20",
      label: "10 of 20 completed, 2 running, 1 waiting, 1 open, 1 unknown, 1 failed, 1 skipped",
    });
  });
});

describe("counts of runs", () => {
  const counts = { running: 3, paused: 4, failed: 23, completed: 1247, cancelled: 7 };

  test("open runs are those that are running or paused", () => {
    expect([countOf(counts, "open"), countOf(counts, "failed"), totalOf(counts)]).toEqual([
      7, 23, 1284,
    ]);
  });
});

describe("countText", () => {
  test("a count that is not complete has a plus sign", () => {
    expect([countText(1284, false), countText(10_000, true), countText(0, true)]).toEqual([
      "1,284",
      "10,000+",
      "0",
    ]);
  });
});

describe("rowWord", () => {
  test.each([
    ["a run whose process is gone", { status: "running", isOrphaned: true }, "orphaned"],
    ["a run that is alive", { status: "running", isOrphaned: false }, "running"],
    ["a paused run", { status: "paused", isOrphaned: false }, "paused"],
    ["a damaged run", { status: "completed", isOrphaned: false, damage: "x" }, "damaged"],
  ] as const)("%s", (_, row, word) => {
    expect(rowWord(row)).toBe(word);
  });
});
