import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Duration, parseDuration } from "../src/index.js";

describe("parseDuration", () => {
  test.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["20m", 1_200_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
    ["1h30m", 5_400_000],
    ["1.5h", 5_400_000],
    ["1m500ms", 60_500],
    ["1d2h3m4s5ms", 93_784_005],
    ["0s", 0],
  ])("reads %s as %d ms", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.each([
    "",
    "30",
    "s",
    "-1s",
    "30 s",
    "30S",
    "5m5m",
    "30m1h",
    "1e3s",
    "1.s",
    ".5s",
    "0.5ms",
    "1w",
    "٣s",
    "1s\n",
  ])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  test("adds up several units", () => {
    const unit = (name: string, max: number) =>
      fc.option(
        fc.nat(max).map((amount) => [amount, name] as const),
        { nil: undefined },
      );
    const msOf = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as Record<
      string,
      number
    >;
    fc.assert(
      fc.property(
        fc.tuple(unit("d", 300), unit("h", 100), unit("m", 100), unit("s", 100), unit("ms", 5000)),
        (units) => {
          const written = units.filter((part) => part !== undefined);
          fc.pre(written.length > 0);
          const sum = written.reduce(
            (total, [amount, name]) => total + amount * (msOf[name] ?? 0),
            0,
          );
          expect(parseDuration(written.map(([amount, name]) => `${amount}${name}`).join(""))).toBe(
            sum,
          );
        },
      ),
    );
  });
});

describe("Duration", () => {
  test("accepts text and milliseconds up to a year", () => {
    const answers = ["365d", 0, 1500.5, "366d", -1, 31_536_000_001, Number.NaN, null].map(
      (value) => Duration.safeParse(value).success,
    );
    expect(answers).toEqual([true, true, true, false, false, false, false, false]);
  });
});
