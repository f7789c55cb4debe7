import { describe, expect, test } from "vitest";
import type { Diff, Issue, Workflow } from "../../../src/api/workflow.schema.js";
import { foldEqual } from "../../../src/page/workflows/diff-parts.js";
import {
  HISTORY_SIZE,
  historyBars,
  median,
  type PastRun,
} from "../../../src/page/workflows/history-bars.js";
import { inputFlags } from "../../../src/page/workflows/input-flags.js";
import { issueTitle, markOf, placeIssues } from "../../../src/page/workflows/issue-marks.js";
import { shownSource } from "../../../src/page/workflows/shown-source.js";
import { visibleSource } from "../../../src/page/workflows/visible-source.js";

const issue = (more: Partial<Issue>): Issue => ({
  code: "AXW1202",
  severity: "error",
  message: "No step has the id `desing`.",
  ...more,
});

describe("placeIssues", () => {
  test("problems are sorted to their lines, the left one first", () => {
    const right = issue({ line: 3, column: 9 });
    const left = issue({ line: 3, column: 2, severity: "warning" });
    const beyond = issue({ line: 99 });
    const whole = issue({});
    const placed = placeIssues([right, left, beyond, whole], 10);
    expect({ ...placed, byLine: [...placed.byLine] }).toEqual({
      unplaced: [whole],
      byLine: [
        [10, [beyond]],
        [3, [left, right]],
      ],
      errors: 3,
      warnings: 1,
    });
  });
});

describe("markOf", () => {
  test.each([
    ["from a column to another", { column: 3, endColumn: 6 }, [2, 5]],
    ["from a column to the end of the word", { column: 3 }, [2, 9]],
    ["a sign that is no word", { column: 10 }, [9, 10]],
    ["a column behind the line", { column: 99 }, [11, 12]],
    ["no column", {}, [0, 1]],
  ] as const)("%s", (_, at, mark) => {
    expect(markOf(issue(at), "  agnetId: x")).toEqual(mark);
  });
});

describe("issueTitle", () => {
  test("names the code, the severity and the place", () => {
    expect([
      issueTitle(issue({ line: 10, column: 20 })),
      issueTitle(issue({ line: 2, severity: "warning" })),
      issueTitle(issue({})),
    ]).toEqual(["AXW1202 error, 10:20", "AXW1202 warning, 2", "AXW1202 error"]);
  });
});

describe("visibleSource", () => {
  test("what a reader cannot see is shown, and columns stay", () => {
    const text = "a\u202eb\u200bc\u0007\td\u{e0041}";
    expect(visibleSource(text)).toBe("a\ufffdb\ufffdc\ufffd\td\ufffd\ufffd");
    expect(visibleSource(text)).toHaveLength(text.length);
  });
});

describe("foldEqual", () => {
  const text = (signs: string): Diff["lines"] =>
    [...signs].map((sign, index) => [sign as " " | "+" | "-", String(index)]);
  const parts = (signs: string): unknown =>
    foldEqual(text(signs), 1).map(({ kind, lines }) => `${kind} ${lines.length}`);

  test("equal lines far from a change are folded", () => {
    expect(parts("     +-     ")).toEqual(["folded 4", "lines 4", "folded 4"]);
  });

  test("a fold of one line is not worth it", () => {
    expect(parts("  + ")).toEqual(["lines 1", "lines 3"]);
  });
});

describe("historyBars", () => {
  const run = (tookMs: number): PastRun => ({
    runId: String(tookMs),
    status: "completed",
    createdAt: 0,
    tookMs,
  });

  test("the highest line across is the round time above the longest run", () => {
    const { bars, ticks } = historyBars([run(19 * 60_000), run(5 * 60_000), run(0)]);
    const { top, bottom, left } = HISTORY_SIZE;
    expect(ticks).toEqual([
      { y: bottom - (bottom - top) / 2, label: "10m" },
      { y: top, label: "20m" },
    ]);
    expect(bars.map(({ x, height }) => [x, Math.round(height * 10) / 10])).toEqual([
      [left, 55.1],
      [left + 25, 14.5],
      [left + 50, 2],
    ]);
  });

  test("only the latest runs are drawn, within the drawing", () => {
    const { bars } = historyBars(Array.from({ length: 100 }, (_, index) => run(index + 1)));
    const last = bars.at(-1);
    expect(bars).toHaveLength(30);
    expect(bars[0]?.run.runId).toBe("71");
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(HISTORY_SIZE.width);
  });

  test.each([
    [900, ["1s"]],
    [45_000, ["20s", "40s", "1m"]],
    [7_200_000, ["1h", "2h"]],
    [86_400_000 * 400, ["400d"]],
  ])("the times of %d ms are %j", (tookMs, labels) => {
    expect(historyBars([run(tookMs)]).ticks.map(({ label }) => label)).toEqual(labels);
  });
});

describe("median", () => {
  test("is the middle, or the mean of the two in the middle", () => {
    expect([median([]), median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([undefined, 2, 2.5]);
  });
});

describe("inputFlags", () => {
  test("values are written so that a POSIX shell passes them as they are", () => {
    expect(inputFlags({ feature: "it's $HOME", days: 3, tags: ["a b"], off: undefined })).toBe(
      ` --input 'feature=it'\\''s $HOME' --input days=3 --input 'tags=["a b"]'`,
    );
  });
});

describe("shownSource", () => {
  const version = (hash: string): Workflow["stored"][number] => ({
    hash,
    version: "1",
    source: "",
    format: "yaml",
  });
  const onDisk = { source: "", changedAt: 0, isSameAsLast: false, issues: [] };
  const shown = (search: string, workflow: Pick<Workflow, "onDisk" | "stored">): unknown =>
    shownSource(workflow, new URLSearchParams(search));
  const both = { onDisk, stored: [version("new"), version("old")] };

  test("the file on disk is shown first, and compared with the last version that ran", () => {
    expect(shown("", both)).toEqual({ source: "disk", from: "new", to: "disk" });
  });

  test("without a file, the newest version is shown, and compared with the one before", () => {
    expect(shown("", { ...both, onDisk: null })).toEqual({
      source: "new",
      from: "old",
      to: "new",
    });
  });

  test("a file that did not change is compared with the version before the last one", () => {
    const same = { ...onDisk, isSameAsLast: true };
    expect(shown("", { ...both, onDisk: same })).toEqual({
      source: "disk",
      from: "old",
      to: "disk",
    });
    expect(shown("", { onDisk: same, stored: [version("new")] })).toMatchObject({
      from: "disk",
      to: "disk",
    });
  });

  test("a version or a difference can be asked for", () => {
    expect(shown("source=old", both)).toEqual({ source: "old", from: "new", to: "disk" });
    expect(shown("source=change&from=old&to=new", both)).toEqual({
      source: "change",
      from: "old",
      to: "new",
    });
  });

  test("what does not exist falls back to what does", () => {
    expect(shown("source=gone&from=x&to=y", both)).toEqual({
      source: "disk",
      from: "new",
      to: "disk",
    });
    expect(shown("source=change", { onDisk, stored: [] })).toEqual({
      source: "disk",
      from: "disk",
      to: "disk",
    });
  });
});
