import { describe, expect, test } from "vitest";
import { axisPaint } from "../../../src/page/run/steps/axis-paint.ts";
import { ticksOf } from "../../../src/page/run/steps/ticks.ts";
import { placeOn, timeScale } from "../../../src/page/run/steps/time-scale.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("timeScale", () => {
  test("spreads a run without pauses over the whole axis", () => {
    const scale = timeScale({ begin: 0, end: 100, hasEnded: true, busy: [[0, 100]] });
    expect(scale).toEqual({
      segments: [{ from: 0, to: 100, left: 0, width: 100, isFolded: false }],
      now: undefined,
      dueAt: undefined,
    });
    expect([-5, 0, 25, 100, 200].map((at) => placeOn(scale, at))).toEqual([0, 0, 25, 100, 100]);
  });

  test("folds a long pause, so that the work has the room", () => {
    const scale = timeScale({
      ...{ begin: 0, end: 3 * HOUR, hasEnded: true },
      busy: [
        [2 * HOUR, 3 * HOUR],
        [0, 30 * MINUTE],
        [20 * MINUTE, HOUR],
      ],
    });
    expect(scale.segments).toEqual([
      { from: 0, to: HOUR, left: 0, width: 48, isFolded: false },
      { from: HOUR, to: 2 * HOUR, left: 48, width: 4, isFolded: true },
      { from: 2 * HOUR, to: 3 * HOUR, left: 52, width: 48, isFolded: false },
    ]);
    expect(placeOn(scale, 1.5 * HOUR)).toBe(50);
    expect(placeOn(scale, 2.5 * HOUR)).toBe(76);
  });

  test("keeps short pauses, and all of a run that only waits", () => {
    const short = { begin: 0, end: 100_000, hasEnded: true };
    const folded = (busy: readonly (readonly [number, number])[]) =>
      timeScale({ ...short, busy }).segments.filter(({ isFolded }) => isFolded).length;
    expect(folded([[0, 95_000]])).toBe(0);
    expect(folded([])).toBe(0);
  });

  test("gives what is due later the room behind the present", () => {
    const scale = timeScale({
      ...{ begin: 0, end: HOUR, hasEnded: false, busy: [[0, HOUR]], dueAt: 3 * HOUR },
    });
    expect(scale.now).toBe(88);
    expect([HOUR, 2 * HOUR, 3 * HOUR, 9 * HOUR].map((at) => placeOn(scale, at))).toEqual([
      88, 94, 100, 100,
    ]);
    const alone = timeScale({ begin: 0, end: HOUR, hasEnded: false, busy: [[0, HOUR]], dueAt: 1 });
    expect([alone.now, alone.dueAt]).toEqual([97, undefined]);
  });

  test("folds at most 40 pauses, the longest ones, and never gives more than a third to them", () => {
    const busy = Array.from({ length: 60 }, (_, n) => [n * HOUR, n * HOUR + MINUTE] as const);
    const { segments } = timeScale({ begin: 0, end: 60 * HOUR, hasEnded: true, busy });
    const folds = segments.filter(({ isFolded }) => isFolded);
    expect(folds).toHaveLength(40);
    expect(folds.reduce((sum, { width }) => sum + width, 0)).toBeCloseTo(32, 5);
    const last = segments.at(-1);
    expect((last?.left ?? 0) + (last?.width ?? 0)).toBeCloseTo(100, 5);
  });

  test("takes a clock that went back, and a run of no time", () => {
    const scale = timeScale({ begin: 100, end: 50, hasEnded: true, busy: [[100, 50]] });
    expect(scale.segments).toEqual([{ from: 100, to: 101, left: 0, width: 100, isFolded: false }]);
  });
});

describe("ticksOf", () => {
  const local = (hours: number, minutes = 0): number =>
    new Date(2026, 2, 1, hours, minutes).getTime();

  test("names round times of the local day, those of the pauses, and the present", () => {
    const scale = timeScale({
      ...{ begin: local(14, 12), end: local(14, 41), hasEnded: false },
      busy: [
        [local(14, 12), local(14, 18)],
        [local(14, 26), local(14, 41)],
      ],
      dueAt: local(14, 52),
    });
    const ticks = ticksOf(scale, local(14, 41));
    expect(ticks.map(({ text }) => text)).toEqual([
      ...["14:15", "8m00s", "14:30", "14:35", "14:41"],
    ]);
    expect(ticks.map(({ kind }) => kind)).toEqual(["time", "pause", "time", "time", "now"]);
    const places = ticks.map(({ left }) => left);
    expect(places.toSorted((left, right) => left - right)).toEqual(places);
  });

  test("has seconds where a minute is too long, with more room for each", () => {
    const scale = timeScale({
      begin: local(4),
      end: local(4) + 51_000,
      hasEnded: true,
      busy: [[local(4), local(4) + 51_000]],
    });
    const ticks = ticksOf(scale, undefined);
    expect(ticks.map(({ text }) => text)).toEqual(["04:00:10", "04:00:20", "04:00:30", "04:00:40"]);
    expect(ticks.map(({ isMinor }) => isMinor)).toEqual([false, true, false, true]);
  });

  test("leaves no two words closer than they are wide, for runs of any length", () => {
    for (const length of [1, 999, 61_000, 5 * MINUTE, 90 * MINUTE, 30 * HOUR, 400 * HOUR]) {
      const begin = local(9, 7);
      const end = begin + length;
      const busy = [[begin, begin + length / 3] as const, [begin + length / 2, end] as const];
      const scale = timeScale({ begin, end, hasEnded: false, busy });
      const ticks = ticksOf(scale, end);
      for (const [index, { left }] of ticks.entries()) {
        const before = ticks[index - 1];
        if (before !== undefined) expect(left - before.left).toBeGreaterThanOrEqual(6);
      }
    }
  });
});

describe("axisPaint", () => {
  test("draws the present as a line, and a folded pause where it is", () => {
    const scale = timeScale({
      ...{ begin: 0, end: 3 * HOUR, hasEnded: false },
      busy: [
        [0, HOUR],
        [2 * HOUR, 3 * HOUR],
      ],
    });
    const paint = axisPaint(scale);
    expect(paint).toContain("calc(97% - 1px)");
    // 46.5 % of the axis, as a position of a layer that is 4 % wide.
    expect(paint).toContain("48.438% 0 / 4% 100% no-repeat");
    const ended = timeScale({ begin: 0, end: 1, hasEnded: true, busy: [] });
    expect(axisPaint(ended)).toBe("none");
  });
});
