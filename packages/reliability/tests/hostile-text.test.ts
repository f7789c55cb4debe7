// The short form of `npm run crash -- --part hostile-text`, which reads longer texts.
import { describe, expect, test } from "vitest";
import { judgeMemory, judgeTimes, SHORT_LENGTHS } from "../src/hostile-text/judge-times.ts";
import { measureTimes } from "../src/hostile-text/measure-times.ts";
import { HOSTILE_TEXTS } from "../src/hostile-text/texts.ts";

describe("a hostile text is read in linear time", () => {
  test.each(HOSTILE_TEXTS)("$name", async (hostile) => {
    let problem: string | undefined = "not measured";
    for (let tries = 0; problem !== undefined && tries < 5; tries += 1)
      problem = judgeTimes(await measureTimes(hostile, SHORT_LENGTHS));
    expect(problem).toBe(undefined);
  });
});

describe("judgeTimes", () => {
  test.each([
    ["linear", [10, 40, 160], undefined],
    ["quadratic", [10, 160, 2560], "a: 10.0, 160.0, 2560.0 ms; at most 2000 are allowed"],
    ["quadratic and fast", [1, 16, 256], "a: 1.0, 16.0, 256.0 ms: more than linear"],
    ["too short to judge", [0.1, 1, 40], undefined],
  ] as const)("finds growth that is not linear: %s", (_, ms, problem) => {
    expect(judgeTimes({ name: "a", ms })).toBe(problem);
  });
});

describe("measureTimes", () => {
  const readsOf = async (msOf: (length: number) => number): Promise<readonly number[]> => {
    const reads: number[] = [];
    const read = (text: string): void => {
      reads.push(text.length);
      const began = process.threadCpuUsage();
      const usedMs = (): number => {
        const { user, system } = process.threadCpuUsage(began);
        return (user + system) / 1000;
      };
      while (usedMs() < msOf(text.length));
    };
    await measureTimes({ name: "a", text: (length) => "x".repeat(length), read }, [1, 4]);
    return reads;
  };

  test("reads the longest text once if its time is good, and again while it is not", async () => {
    expect(await readsOf(() => 0)).toEqual([1, 1, 1, 4]);
    // Four times the text takes sixty times as long.
    expect(await readsOf((length) => (length === 4 ? 60 : 1))).toEqual([1, 1, 1, 4, 4, 4]);
  });
});

test("judgeMemory allows 300 MiB", () => {
  expect([judgeMemory("a", 300), judgeMemory("a", 301)]).toEqual([
    undefined,
    "a: 301 MiB; at most 300 are allowed",
  ]);
});
