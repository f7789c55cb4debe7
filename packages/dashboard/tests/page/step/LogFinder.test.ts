import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LogFinder, TYPING_MS } from "../../../src/page/step/log/LogFinder.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

function finder(hitsOf: Readonly<Record<string, readonly number[]>>, wanted = "") {
  const shown: number[] = [];
  const kept: string[] = [];
  const asked: string[] = [];
  const made = new LogFinder(
    {
      read: async (q) => {
        asked.push(q);
        await Promise.resolve();
        const hits = hitsOf[q];
        if (hits === undefined) throw new Error("The server cannot be reached.");
        return { hits: [...hits], total: hits.length };
      },
      show: (line) => shown.push(line),
      keep: (text) => kept.push(text),
    },
    wanted,
  );
  return { made, shown, kept, asked };
}

describe("LogFinder", () => {
  test("searches once the reader pauses, and shows the first hit", async () => {
    const { made, shown, kept, asked } = finder({ ab: [3, 9] });
    made.search("a");
    await vi.advanceTimersByTimeAsync(TYPING_MS - 1);
    made.search("ab");
    expect([made.wanted.value, made.hits.value]).toEqual(["ab", undefined]);
    await vi.advanceTimersByTimeAsync(TYPING_MS);
    expect({ asked, kept, shown }).toEqual({ asked: ["ab"], kept: ["ab"], shown: [3] });
    expect([made.hits.value, made.total.value, made.hit.value]).toEqual([[3, 9], 2, 3]);
    made.go(1);
    made.go(1);
    made.go(-1);
    expect(shown).toEqual([3, 9, 3, 9]);
  });

  test("searches at once for the text of the address, and for nothing without one", async () => {
    const { made, asked } = finder({ x: [1] }, "x");
    await made.find();
    expect([asked, made.hit.value]).toEqual([["x"], 1]);
    const empty = finder({});
    await empty.made.find();
    expect([empty.asked, empty.made.hits.value]).toEqual([[], undefined]);
  });

  test("drops the answer to an earlier search", async () => {
    const { made, shown } = finder({ a: [1], b: [2] }, "a");
    const first = made.find();
    made.search("b");
    await vi.advanceTimersByTimeAsync(TYPING_MS);
    await first;
    expect(shown).toEqual([2]);
  });

  test("finds nothing if the server does not answer", async () => {
    const { made, shown } = finder({}, "a");
    await made.find();
    made.go(1);
    expect([made.hits.value, made.total.value, shown]).toEqual([[], 0, []]);
  });
});
