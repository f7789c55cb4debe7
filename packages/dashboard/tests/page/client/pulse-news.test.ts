import { describe, expect, test } from "vitest";
import { newsOf } from "../../../src/page/client/pulse-news.ts";

const NONE = { running: 0, completed: 0, failed: 0, paused: 0, cancelled: 0 };
const pulse = (gates: number, counts: Partial<typeof NONE> = {}) => ({
  gates,
  counts: { ...NONE, ...counts },
});

describe("newsOf", () => {
  test("reports new questions, and runs that have ended", () => {
    expect(newsOf(pulse(0), pulse(1)).map(({ title }) => title)).toEqual([
      "1 question waits for you",
    ]);
    const news = newsOf(pulse(1, { failed: 1 }), pulse(3, { failed: 2, completed: 2 }));
    expect(news.map(({ title, path }) => [title, path])).toEqual([
      ["3 questions wait for you", "/gates"],
      ["1 run failed", "/runs?status=failed"],
      ["2 runs completed", "/runs?status=completed"],
    ]);
  });

  test("is silent about answers, starts and removed runs", () => {
    expect(newsOf(pulse(3, { failed: 2 }), pulse(2, { failed: 1, running: 4 }))).toEqual([]);
  });
});
