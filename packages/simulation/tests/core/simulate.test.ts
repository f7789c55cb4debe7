import { describe, expect, test } from "vitest";
import { replay, runCoreSeed, settingOf, traceOf } from "../../src/core/index.js";

const seeds = (count: number, from = 1): number[] =>
  Array.from({ length: count }, (_, index) => from + index);

describe("a core seed", () => {
  test("breaks no promise", () => {
    const failures = seeds(2_000).flatMap((seed) => {
      const { failure } = runCoreSeed(seed);
      return failure === undefined ? [] : [{ seed, ...failure }];
    });
    expect(failures).toEqual([]);
  });

  test("produces the same run every time", () => {
    for (const seed of seeds(50)) expect(runCoreSeed(seed)).toEqual(runCoreSeed(seed));
  });

  test("produces the same run when its choices are replayed", () => {
    for (const seed of seeds(200)) {
      const report = runCoreSeed(seed);
      expect(replay(settingOf(seed), report.happened)).toEqual(report);
    }
  });

  test("prints the same trace every time, ending with the verdict", () => {
    const [setting, { happened }] = [settingOf(7), runCoreSeed(7)];
    const trace = traceOf(setting, happened);
    expect(traceOf(settingOf(7), happened)).toEqual(trace);
    expect(trace.at(-1)).toBe("  every promise held");
    expect(trace.filter((line) => /^ +\d+ {2}\S/.test(line))).toHaveLength(happened.length);
  });
});

describe("many core seeds", () => {
  test("make every kind of choice", () => {
    const kinds = new Set(
      seeds(1_500).flatMap((seed) => runCoreSeed(seed).happened.map(({ kind }) => kind)),
    );
    expect([...kinds].sort()).toEqual([
      "amend",
      "answer",
      "cancel",
      "checkpoint",
      "claim",
      "commit",
      "crash",
      "delay",
      "deliver",
      "edit",
      "fault",
      "gate",
      "jump",
      "pause",
      "raise",
      "reopen",
      "request",
      "resolve",
      "restore",
      "resume",
      "signal",
      "stray",
      "timer",
      "write",
    ]);
  });

  test("have workflows of every size up to eight steps, and a few large ones", () => {
    const sizes = seeds(3_000).map((seed) => settingOf(seed).plan.defs.length);
    expect([...new Set(sizes.filter((size) => size <= 8))].sort((a, b) => a - b)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ]);
    const large = sizes.filter((size) => size > 8);
    expect(large.length).toBeGreaterThan(0);
    expect(Math.min(...large)).toBeGreaterThan(32);
  });
});

describe("a replay without choices", () => {
  test("reaches the end of the run without a fault", () => {
    for (const seed of seeds(200)) {
      const { happened, failure } = replay(settingOf(seed), []);
      expect(failure).toBeUndefined();
      expect(
        happened.filter(({ kind }) => ["crash", "stray", "cancel", "pause", "jump"].includes(kind)),
      ).toEqual([]);
    }
  });
});
