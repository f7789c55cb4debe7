import { describe, expect, test } from "vitest";
import { coreParts } from "../../scripts/core-parts.ts";
import { addUp, doJob } from "../../scripts/jobs.ts";
import type { Part } from "../../scripts/part.ts";
import { runParts } from "../../scripts/run-parts.ts";

const sound: Part = {
  name: "sound",
  run: () => Promise.resolve({ triedCount: 3, failures: [], lines: ["all well"] }),
};
const broken: Part = {
  name: "broken",
  run: () =>
    Promise.resolve({ triedCount: 2, failures: ["seed 4 fails\n  1  a process dies"], lines: [] }),
  replay: (seed) => Promise.resolve({ lines: [`seed ${seed}`], isFailed: true }),
};

async function told(parts: readonly Part[], options: Partial<Parameters<typeof runParts>[1]> = {}) {
  const lines: string[] = [];
  const exitCode = await runParts(parts, { full: false, ...options }, (line) =>
    lines.push(line.replace(/\d+\.\d s/, "0.0 s")),
  );
  return { lines, exitCode };
}

describe("the sum of the parts", () => {
  test("is the last line, and the exit code is 0 when nothing failed", async () => {
    expect(await told([sound])).toEqual({
      exitCode: 0,
      lines: ["ok     sound (0.0 s)", "         all well", "sim: 3 tried, 0 failed"],
    });
  });

  test("is exit code 1 when a promise was broken, with the trace line by line", async () => {
    expect(await told([sound, broken], { only: ["broken"] })).toEqual({
      exitCode: 1,
      lines: [
        "failed broken (0.0 s)",
        "         seed 4 fails",
        "           1  a process dies",
        "sim: 2 tried, 1 failed",
      ],
    });
  });

  test("is exit code 2 for a part that there is not", async () => {
    expect(await told([sound], { only: ["sound", "other"] })).toEqual({
      exitCode: 2,
      lines: ["no such part: other; there are sound"],
    });
  });
});

describe("one seed", () => {
  test("is run again by the first part that has seeds", async () => {
    expect(await told([sound, broken], { seed: 9 })).toEqual({
      exitCode: 1,
      lines: ["seed 9", "sim: 1 tried, 1 failed"],
    });
  });

  test("of the core prints its trace", async () => {
    const { lines, exitCode } = await told(coreParts, { seed: 3 });
    expect([lines.at(-2), lines.at(-1), exitCode]).toEqual([
      "  every promise held",
      "sim: 1 tried, 0 failed",
      0,
    ]);
  });
});

describe("a job", () => {
  test("tries its seeds, or every future of its shape, and jobs add up", () => {
    const seeds = doJob({ type: "seeds", from: 5, count: 20 });
    const shape = doJob({ type: "shape", shape: [0], traits: {}, withRequests: true });
    expect([seeds.triedCount, seeds.failedSeeds, shape.failures]).toEqual([20, [], []]);
    const sum = addUp([seeds, shape]);
    expect(sum.triedCount).toBe(20 + shape.triedCount);
    expect(sum.choiceCount).toBe(seeds.choiceCount + shape.choiceCount);
    expect(sum.tally["states"]).toBe(shape.triedCount);
  });
});

describe("the seeds of the core on two threads", () => {
  test("are all tried, whatever the number", async () => {
    const { lines, exitCode } = await told(coreParts, {
      only: ["core-seeds"],
      seedCount: 5_003,
      firstSeed: 100,
    });
    expect([lines.at(-1), exitCode]).toEqual(["sim: 5003 tried, 0 failed", 0]);
  });
});
