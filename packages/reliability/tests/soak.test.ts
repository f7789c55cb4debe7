import { describe, expect, test } from "vitest";
import { type Bars, judgeGrowth } from "../src/soak/judge-growth.ts";
import type { Sample } from "../src/soak/sample.ts";
import { SHORT, soak } from "../src/soak/soak.ts";

const MB = 1024 * 1024;
const bars: Bars = {
  heapSlopeBytes: MB,
  rssSlopeBytes: MB,
  logBytes: 10 * MB,
  usedGrowth: 1.5,
  databaseBytes: 20 * MB,
};

const level: Omit<Sample, "runs"> = {
  rssBytes: 200 * MB,
  heapBytes: 20 * MB,
  resources: { PipeWrap: 1 },
  fileDescriptors: 20,
  databaseBytes: 5 * MB,
  usedBytes: 4 * MB,
  logBytes: 4 * MB,
  storedRuns: 100,
};

const samples = (of: (index: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: 8 }, (_, index) => ({ ...level, runs: index * 1000, ...of(index) }));

describe("judgeGrowth", () => {
  test("accepts samples that are constant except for noise", () => {
    expect(
      judgeGrowth(
        samples((index) => ({ heapBytes: 20 * MB + (index % 2) * 0.2 * MB })),
        bars,
      ),
    ).toEqual([]);
  });

  test.each([
    [
      { heapBytes: (index: number) => 20 * MB + index * 0.11 * MB },
      /^the heap grows by 1\.10 MB per 10,000 runs; the bar is 1\.00 MB$/,
    ],
    [
      { rssBytes: (index: number) => 200 * MB + index * 0.2 * MB },
      /^the process grows by 2\.00 MB/,
    ],
    [
      { resources: (index: number) => ({ PipeWrap: 1, Timeout: index === 7 ? 1 : 0 }) },
      /^after 7000 runs 1 × Timeout keep the process alive; at first there were 0$/,
    ],
    [
      { fileDescriptors: (index: number) => (index === 7 ? 21 : 20) },
      /^after 7000 runs 21 file descriptors are open; at first there were 20$/,
    ],
    [
      { logBytes: (index: number) => (index === 7 ? 11 * MB : MB) },
      /^after 7000 runs the log has 11\.00 MB/,
    ],
    [
      { usedBytes: (index: number) => (index === 7 ? 7 * MB : 4 * MB) },
      /^after 7000 runs 7\.00 MB of the database are in use; at first 4\.00 MB/,
    ],
    [
      { databaseBytes: (index: number) => (index === 7 ? 21 * MB : 4 * MB) },
      /^after 7000 runs the database has 21\.00 MB; the bar is 20\.00 MB$/,
    ],
  ])("finds growth: %o", (grows, message) => {
    const of = (index: number) =>
      Object.fromEntries(Object.entries(grows).map(([name, value]) => [name, value(index)]));
    expect(judgeGrowth(samples(of), bars)).toEqual([expect.stringMatching(message)]);
  });

  test("does not judge a slope from too few samples", () => {
    expect(judgeGrowth(samples(() => ({})).slice(0, 3), bars)).toEqual([
      "only 3 samples: too few for a slope",
    ]);
  });
});

describe("soak", () => {
  test("finds a planted leak that keeps runs in memory", async () => {
    const { triedCount, failures } = await soak({
      ...SHORT,
      runs: 1200,
      sampleEvery: 200,
      warmUpRuns: 400,
      keep: 50,
      leak: true,
    });
    expect([triedCount, failures]).toEqual([
      1200,
      [expect.stringMatching(/^the heap grows by \d{2,}\.\d+ MB per 10,000 runs/)],
    ]);
  });
});
