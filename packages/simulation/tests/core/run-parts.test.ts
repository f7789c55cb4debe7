import { describe, expect, test } from "vitest";
import { coreParts } from "../../scripts/core-parts.ts";
import { addUp, doJob } from "../../scripts/jobs.ts";
import type { Part } from "../../scripts/part.ts";
import { runParts } from "../../scripts/run-parts.ts";

const sound: Part = {
  name: "sound",
  run: () => Promise.resolve({ triedCount: 3, failures: [], lines: ["3 worlds"] }),
};
const broken: Part = {
  name: "broken",
  run: () =>
    Promise.resolve({ triedCount: 2, failures: ["seed 4 fails\n  1  a process dies"], lines: [] }),
  replay: (seed) => Promise.resolve({ lines: [`seed ${seed}`], isFailed: true }),
};

async function output(
  parts: readonly Part[],
  options: Partial<Parameters<typeof runParts>[1]> = {},
) {
  const lines: string[] = [];
  const exitCode = await runParts(parts, { full: false, ...options }, (line) =>
    lines.push(line.replace(/\d+\.\d s/, "0.0 s")),
  );
  return { lines, exitCode };
}

describe("runParts", () => {
  test("prints the total last and returns 0 if nothing failed", async () => {
    expect(await output([sound])).toEqual({
      exitCode: 0,
      lines: ["ok     sound (0.0 s)", "         3 worlds", "sim: 3 tried, 0 failed"],
    });
  });

  test("prints the trace and returns 1 if a promise was broken", async () => {
    expect(await output([sound, broken], { only: ["broken"] })).toEqual({
      exitCode: 1,
      lines: [
        "failed broken (0.0 s)",
        "         seed 4 fails",
        "           1  a process dies",
        "sim: 2 tried, 1 failed",
      ],
    });
  });

  test("returns 2 for an unknown part", async () => {
    expect(await output([sound], { only: ["sound", "other"] })).toEqual({
      exitCode: 2,
      lines: ["Unknown part other. The parts are: sound."],
    });
  });
});

describe("runParts with a seed", () => {
  test("replays the seed in the first part that has seeds", async () => {
    expect(await output([sound, broken], { seed: 9 })).toEqual({
      exitCode: 1,
      lines: ["seed 9", "sim: 1 tried, 1 failed"],
    });
  });

  test("prints the trace of a core seed", async () => {
    const { lines, exitCode } = await output(coreParts, { seed: 3 });
    expect([lines.at(-2), lines.at(-1), exitCode]).toEqual([
      "  every promise held",
      "sim: 1 tried, 0 failed",
      0,
    ]);
  });
});

describe("doJob", () => {
  test("tries each seed in a range, or every future of a shape, and returns reports that add up", async () => {
    const seeds = await doJob({ type: "seeds", from: 5, count: 20 });
    const shape = await doJob({
      type: "shape",
      shape: [0],
      traits: {},
      withRequests: true,
      withCommands: true,
    });
    expect([seeds.triedCount, seeds.failedSeeds, shape.failures]).toEqual([20, [], []]);
    const sum = addUp([seeds, shape]);
    expect(sum.triedCount).toBe(20 + shape.triedCount);
    expect(sum.choiceCount).toBe(seeds.choiceCount + shape.choiceCount);
    expect(sum.tally["states"]).toBe(shape.triedCount);
  });
});

describe("the part core-seeds", () => {
  test("tries every seed when the seeds do not divide evenly among the jobs", async () => {
    const { lines, exitCode } = await output(coreParts, {
      only: ["core-seeds"],
      seedCount: 5_003,
      firstSeed: 100,
    });
    expect([lines.at(-1), exitCode]).toEqual(["sim: 5003 tried, 0 failed", 0]);
  });
});
