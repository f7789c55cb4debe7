import { salvageDatabase } from "@automatosx/workflow/salvage";
import { describe, expect, test } from "vitest";
import { damageAndSalvage } from "../src/damage/damage-and-salvage.ts";
import { flipBits } from "../src/damage/flip-bits.ts";
import { writeInterruptedFiles } from "../src/damage/interrupted-files.ts";

describe("a database with a flipped bit", () => {
  test("returns correct answers or reports the damage, and can be salvaged", async () => {
    const { failures, counts, resumedCount } = await flipBits({
      files: writeInterruptedFiles(),
      firstSeed: 1,
      flipCount: 90,
      resumeEvery: 30,
    });
    expect({ failures, resumedCount }).toEqual({ failures: [], resumedCount: 3 });
    expect(counts["reported"]).toBeGreaterThan(20);
  });
});

describe("damageAndSalvage", () => {
  const files = writeInterruptedFiles();

  test("finds every run kept as it was or reported with a loss after each kind of damage", () => {
    const report = damageAndSalvage({ files, firstSeed: 1, salvageCount: 45 });
    expect(report).toEqual({ salvageCount: 45, lossCount: expect.any(Number), failures: [] });
    expect(report.lossCount).toBeGreaterThan(11);
  });

  test.each<[string, typeof salvageDatabase, RegExp]>([
    [
      "reports no losses of runs",
      (options) => {
        const report = salvageDatabase(options);
        return { ...report, runs: report.runs.map((run) => ({ ...run, lost: [] })) };
      },
      /is reported as complete|no loss is named/,
    ],
    [
      "reports only the runs that are complete",
      (options) => {
        const { runs, lost, log } = salvageDatabase(options);
        return { runs: runs.filter((run) => run.lost.length === 0), lost, log };
      },
      /is missing from the report/,
    ],
  ])("finds a salvage that %s", (_, faulty, problem) => {
    const { failures } = damageAndSalvage({ files, firstSeed: 1, salvageCount: 90 }, faulty);
    expect(failures).toContainEqual(expect.stringMatching(problem));
  });
});
