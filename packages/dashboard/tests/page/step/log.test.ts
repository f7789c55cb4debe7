import { describe, expect, test } from "vitest";
import type { Log, LogLine } from "../../../src/api/run.schema.js";
import { ApiProblem } from "../../../src/page/client/call.js";
import { markFound } from "../../../src/page/step/log/find-marks.js";
import { LogLines } from "../../../src/page/step/log/LogLines.js";
import {
  isWithin,
  linesBetween,
  readLineRange,
  writeLineRange,
} from "../../../src/page/step/log/line-range.js";
import { nextHit } from "../../../src/page/step/log/next-hit.js";
import {
  HEIGHT_LIMIT,
  RowHeights,
  rowWindow,
  scrollTopFor,
} from "../../../src/page/step/log/RowHeights.js";

/** A log on a server: how many lines it has, and the ranges that were asked for. */
class FakeLog {
  total: number;
  isComplete = false;
  problem: ApiProblem | undefined;
  readonly asked: [number, number][] = [];

  constructor(total: number) {
    this.total = total;
  }

  readonly read = async (from: number, limit: number): Promise<Log> => {
    this.asked.push([from, limit]);
    await Promise.resolve();
    if (this.problem !== undefined) throw this.problem;
    const first = from > 0 ? from : Math.max(1, this.total + from + 1);
    const last = Math.min(this.total, first + limit - 1);
    const lines = Array.from(
      { length: Math.max(0, last - first + 1) },
      (_, index): LogLine => [first + index, 0, "stdout", `line ${first + index}`],
    );
    const { total, isComplete } = this;
    return { lines, total, stderr: 3, bytes: total * 10, isComplete };
  };
}

describe("LogLines", () => {
  test("begins with the end of the log", async () => {
    const log = new FakeLog(1200);
    const lines = new LogLines(log.read);
    expect(lines.hasBegun).toBe(false);
    await lines.begin();
    expect(log.asked).toEqual([[-500, 500]]);
    const { total, stderr, bytes, isComplete, hasBegun } = lines;
    expect({ total, stderr, bytes, isComplete, hasBegun }).toEqual({
      ...{ total: 1200, stderr: 3, bytes: 12_000, isComplete: false, hasBegun: true },
    });
    expect(lines.at(1200)?.[3]).toBe("line 1200");
    expect(lines.at(701)?.[3]).toBe("line 701");
    expect(lines.at(700)).toBeUndefined();
  });

  test("reads missing lines once, by whole chunks", async () => {
    const log = new FakeLog(3000);
    const lines = new LogLines(log.read);
    await lines.begin();
    log.asked.length = 0;
    await Promise.all([lines.need(490, 520), lines.need(495, 505)]);
    await lines.need(500, 520);
    expect(log.asked).toEqual([
      [1, 500],
      [501, 500],
    ]);
    expect(lines.at(1000)?.[3]).toBe("line 1000");
  });

  test("reads what is new when the log has grown, once for several hints", async () => {
    const log = new FakeLog(10);
    const lines = new LogLines(log.read);
    await lines.begin();
    log.total = 14;
    await Promise.all([lines.refresh(), lines.refresh(), lines.refresh()]);
    expect(log.asked.slice(1)).toEqual([
      [11, 500],
      [15, 500],
    ]);
    expect([lines.total, lines.at(14)?.[3]]).toEqual([14, "line 14"]);
  });

  test("asks no more once the attempt has ended", async () => {
    const log = new FakeLog(2);
    log.isComplete = true;
    const lines = new LogLines(log.read);
    await lines.begin();
    await lines.refresh();
    expect(log.asked.length).toBe(1);
  });

  test("keeps its lines when a request fails, and tries again with the next one", async () => {
    const log = new FakeLog(600);
    const lines = new LogLines(log.read);
    await lines.begin();
    log.problem = new ApiProblem(0, { code: "internal", message: "The server cannot be reached." });
    await lines.need(1, 10);
    expect(lines.problem.value?.message).toBe("The server cannot be reached.");
    expect(lines.at(600)?.[3]).toBe("line 600");
    log.problem = undefined;
    await lines.need(1, 10);
    expect([lines.problem.value, lines.at(1)?.[3]]).toEqual([undefined, "line 1"]);
  });

  test("returns a range that was never shown, to copy it", async () => {
    const lines = new LogLines(new FakeLog(2500).read);
    await lines.begin();
    const found = await lines.lines(900, 2100);
    expect([found.length, found[0]?.[3], found.at(-1)?.[3]]).toEqual([
      1201,
      "line 900",
      "line 2100",
    ]);
  });

  test("drops the lines that are farthest away when it has too many", async () => {
    const lines = new LogLines(new FakeLog(70_000).read);
    await lines.begin();
    for (let from = 1; from < 60_000; from += 500) await lines.need(from, from + 499);
    expect(lines.at(1)).toBeUndefined();
    expect(lines.at(59_500)?.[3]).toBe("line 59500");
  });
});

describe("RowHeights", () => {
  test("adds up what was measured, and assumes the usual height otherwise", () => {
    const heights = new RowHeights(20);
    expect(heights.set(3, 60)).toBe(40);
    expect(heights.set(3, 60)).toBe(0);
    expect(heights.set(700, 100)).toBe(80);
    expect(heights.set(3, 40)).toBe(-20);
    expect([3, 4, 700, 701, 1000].map((row) => heights.offset(row))).toEqual([
      60, 100, 14_020, 14_120, 20_100,
    ]);
    heights.clear();
    expect(heights.offset(1000)).toBe(20_000);
  });

  test("finds the row at a height for every height", () => {
    const heights = new RowHeights(20);
    for (const row of [0, 1, 255, 256, 600]) heights.set(row, 20 + (row % 7) * 10);
    for (let row = 0; row < 1000; row += 1) {
      const [top, end] = [heights.offset(row), heights.offset(row + 1)];
      expect([heights.rowAt(top, 1000), heights.rowAt(end - 1, 1000)]).toEqual([row, row]);
    }
    expect([heights.rowAt(1e9, 1000), heights.rowAt(-5, 1000), heights.rowAt(5, 0)]).toEqual([
      999, 0, 0,
    ]);
  });
});

describe("rowWindow", () => {
  test("shows the visible rows and some around them", () => {
    const heights = new RowHeights(20);
    expect(rowWindow(heights, 1000, { scrollTop: 2000, height: 400 })).toEqual({
      first: 84,
      end: 137,
      anchor: 100,
      height: 20_000,
      top: 1680,
    });
    expect(rowWindow(heights, 3, { scrollTop: 0, height: 400 })).toMatchObject({
      first: 0,
      end: 3,
    });
    expect(rowWindow(heights, 0, { scrollTop: 0, height: 400 })).toMatchObject({
      first: 0,
      end: 0,
    });
  });

  test("reaches both ends of a list that is higher than a browser can scroll", () => {
    const heights = new RowHeights(20);
    const count = 2_000_000;
    const most = HEIGHT_LIMIT - 400;
    const end = rowWindow(heights, count, { scrollTop: most, height: 400 });
    expect([end.height, end.end, end.anchor]).toEqual([HEIGHT_LIMIT, count, count - 20]);
    for (const row of [0, 1000, 1_234_567, count - 1]) {
      const scrollTop = scrollTopFor(heights, count, { row, height: 400 });
      const shown = rowWindow(heights, count, { scrollTop, height: 400 });
      expect(shown.first <= row && row < shown.end).toBe(true);
    }
  });
});

describe("the lines of an address", () => {
  test.each([
    ["209", { first: 209, last: 209 }],
    ["L209", { first: 209, last: 209 }],
    ["209-214", { first: 209, last: 214 }],
    ["L214-L209", { first: 209, last: 214 }],
    ["0", undefined],
    ["x", undefined],
    [null, undefined],
  ])("are read from %s", (text, range) => {
    expect(readLineRange(text)).toEqual(range);
  });

  test("are written as they are read", () => {
    expect([writeLineRange({ first: 3, last: 3 }), writeLineRange(linesBetween(9, 4))]).toEqual([
      "3",
      "4-9",
    ]);
    expect([isWithin(4, { first: 4, last: 9 }), isWithin(3, undefined)]).toEqual([true, false]);
  });
});

describe("nextHit", () => {
  test("goes round in both directions", () => {
    const hits = [3, 8, 20];
    expect([
      nextHit(hits, undefined, 1),
      nextHit(hits, 3, 1),
      nextHit(hits, 20, 1),
      nextHit(hits, 3, -1),
      nextHit(hits, 9, -1),
      nextHit([], 3, 1),
    ]).toEqual([3, 8, 3, 20, 8, undefined]);
  });
});

describe("markFound", () => {
  test("marks a text across styles, in any case of its letters", () => {
    const segments = [
      { text: "an Ass", classes: "" },
      { text: "ertion", classes: "an-red" },
      { text: " failed", classes: "" },
    ];
    expect(markFound(segments, "assertion")).toEqual([
      { text: "an ", classes: "", isFound: false },
      { text: "Ass", classes: "", isFound: true },
      { text: "ertion", classes: "an-red", isFound: true },
      { text: " failed", classes: "", isFound: false },
    ]);
    expect(markFound(segments, "").map(({ isFound }) => isFound)).toEqual([false, false, false]);
  });
});
