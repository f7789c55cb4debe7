import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hostsParts } from "../../scripts/hosts-parts.ts";
import { runParts } from "../../scripts/run-parts.ts";
import { Databases } from "../../src/engine/index.js";
import { planHosts } from "../../src/hosts/HostPlan.js";
import {
  type HostRules,
  type HostsReport,
  runHostsSeed,
  shrinkHostsSeed,
  soundHostRules,
} from "../../src/hosts/index.js";

let databases: Databases;
beforeEach(() => {
  databases = new Databases();
});
afterEach(() => databases.close());

/** A bug that is not found within this many seeds counts as missed. */
const MAX_SEEDS = 400;

async function findBug(rules: Partial<HostRules>): Promise<HostsReport | undefined> {
  for (let seed = 1; seed <= MAX_SEEDS; seed += 1) {
    const report = await runHostsSeed({ seed, databases, rules: { ...soundHostRules, ...rules } });
    if (!report.ok) return report;
  }
  return undefined;
}

describe("runHostsSeed", () => {
  test("keeps every promise in the worlds of the first seeds", async () => {
    const failures: string[] = [];
    for (let seed = 1; seed <= 40; seed += 1) {
      const report = await runHostsSeed({ seed, databases });
      failures.push(...report.failures.map((failure) => `seed ${seed}: ${failure}`));
    }
    expect(failures).toEqual([]);
  });

  test("gives the same trace for the same seed", async () => {
    const first = await runHostsSeed({ seed: 7, databases });
    expect(await runHostsSeed({ seed: 7, databases })).toEqual(first);
  });

  test("plans every kind of fault within 100 seeds", () => {
    const kinds = new Set(
      Array.from({ length: 100 }, (_, seed) =>
        planHosts(seed).faults.map(({ kind }) => kind),
      ).flat(),
    );
    expect([...kinds].toSorted()).toEqual([
      "drain",
      "freeze",
      "jump",
      "kill",
      "late-requests",
      "lost-answers",
      "partition",
      "restart",
      "slow",
    ]);
  });
});

describe("the part hosts", () => {
  test("tries seeds in threads, and prints one line by line", async () => {
    const printed: string[] = [];
    const print = (line: string): void => void printed.push(line);
    const options = { full: false, only: ["hosts"], firstSeed: 3 };
    expect(await runParts(hostsParts, { ...options, seedCount: 4 }, print)).toBe(0);
    expect(printed.at(-1)).toBe("sim: 4 tried, 0 failed");
    expect(await runParts(hostsParts, { ...options, seed: 3 }, print)).toBe(0);
    expect(printed.at(-1)).toBe("sim: 1 tried, 0 failed");
    expect(printed).toContain("      0 ms  host-1#2 starts");
  });
});

describe("a planted bug is found", () => {
  test("an engine that does not hear that its leases were not renewed", async () => {
    const report = await findBug({ reportsRenewals: false });
    expect(report?.failures[0]).toMatch(/does not have the lease/);
    // Its trace is shrunk to the faults that it needs.
    const rules = { ...soundHostRules, reportsRenewals: false };
    const shrunk = await shrinkHostsSeed({ seed: report?.seed ?? 0, databases, rules });
    expect(shrunk.ok).toBe(false);
    expect(shrunk.faults.length).toBeLessThanOrEqual(report?.faults.length ?? 0);
  });

  test("a repeated commit that is not idempotent", async () => {
    expect(await findBug({ repeatsCommits: false })).toMatchObject({ ok: false });
  });

  test("a database that does not check the epoch of a write", async () => {
    expect(await findBug({ checksEpochs: false })).toMatchObject({ ok: false });
  });

  test("leases without a grace that expire by the clocks of the hosts", async () => {
    const report = await findBug({ usesDatabaseClock: false });
    expect(report?.failures[0]).toMatch(/lease/);
  });

  test("a fence that is measured from the answer to a renewal", () => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [fileURLToPath(new URL("late-fence.mjs", import.meta.url)), String(MAX_SEEDS)],
      { encoding: "utf8" },
    );
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({
      failures: [expect.stringMatching(/does not have the lease/)],
    });
  });
});
