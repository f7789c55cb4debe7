import { describe, expect, test } from "vitest";
import { Output } from "../../src/Output.js";
import { partRows, type StepRow, stepRows } from "../../src/progress/live-rows.js";
import { displayWidth } from "../../src/render/display-width.js";
import { FakeStream } from "../harness/FakeStream.js";

const NAMES = [
  "build",
  "编译应用程序的所有模块",
  "test-🙂🙂🙂-everything-that-there-is-to-test",
  "e\u0301te\u0301",
];
const LINE = "compiling 模块 👩‍💻 of the application with all of its dependencies";

function rowsOf(status: string, count: number, limit: number): StepRow[] {
  return Array.from({ length: Math.min(count, limit) }, (_, index) => ({
    status,
    id: NAMES[index % NAMES.length] ?? "",
    about: index % 2 === 0 ? "12s  an-agent-with-a-long-name  attempt 2" : "等待编译应用程序",
    lastLine: status === "running" ? LINE : "",
  }));
}

/** Rows without their styles. */
function plain(rows: readonly string[]): string[] {
  // oxlint-disable-next-line no-control-regex -- styles begin with ESC
  return rows.map((row) => row.replace(/\u001b\[[0-9;]*m/g, ""));
}

describe("stepRows", () => {
  test("never exceeds the height and the width, whatever the size and the number of steps", () => {
    const wrong: unknown[] = [];
    for (const columns of [1, 2, 3, 5, 8, 13, 20, 30, 40, 49, 50, 51, 80, 120])
      for (const height of [0, 1, 2, 3, 4, 7, 22])
        for (const [active, open] of [
          [0, 0],
          [1, 0],
          [2, 3],
          [5, 1],
          [30, 9],
        ] as const)
          for (const upcoming of [0, 1, 4, 100]) {
            const out = new Output(new FakeStream({ columns, rows: height + 2 }));
            const size = { height, width: columns - 1, now: 0 };
            const source = {
              activeCount: active,
              upcomingCount: upcoming,
              open: (limit: number) => rowsOf("open", open, limit),
              active: (limit: number) => rowsOf("running", active, limit),
              failed: (limit: number) => rowsOf("failed", 2, limit),
              upcoming: (limit: number) => rowsOf("pending", upcoming, limit),
            };
            const rows = plain(stepRows(out, source, size));
            const widest = Math.max(0, ...rows.map(displayWidth));
            if (rows.length > height || widest > Math.max(0, size.width))
              wrong.push({ columns, height, active, open, upcoming, rows });
          }
    expect(wrong).toEqual([]);
  });
});

describe("partRows", () => {
  test.each([
    [80, 3, ["1/4 completed · 2 running · 5s · about 10s left (from estimates)"]],
    [40, 3, ["1/4 completed · 2 running · 5s", "about 10s left (from estimates)"]],
    [20, 3, ["1/4 completed", "2 running · 5s", "about 10s left (fro…"]],
    [20, 1, ["1/4 completed · 2 r…"]],
  ])("joins parts in %i cells and at most %i rows", (width, maxRows, expected) => {
    const parts = ["1/4 completed", "2 running", "5s", "about 10s left (from estimates)"];
    expect(partRows(parts, width, maxRows)).toEqual(expected);
  });
});
