import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Databases } from "../../src/engine/index.js";
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
    for (let seed = 1; seed <= 60; seed += 1) {
      const report = await runHostsSeed({ seed, databases });
      failures.push(...report.failures.map((failure) => `seed ${seed}: ${failure}`));
    }
    expect(failures).toEqual([]);
  });

  test("gives the same trace for the same seed", async () => {
    const first = await runHostsSeed({ seed: 7, databases });
    expect(await runHostsSeed({ seed: 7, databases })).toEqual(first);
  });

  test("makes every kind of fault happen within 60 seeds", async () => {
    const kinds = new Set<string>();
    for (let seed = 1; seed <= 60; seed += 1) {
      const { faultKinds } = await runHostsSeed({ seed, databases, only: [] }).then(() =>
        runHostsSeed({ seed, databases }),
      );
      for (const kind of faultKinds) kinds.add(kind);
    }
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

describe("a planted bug is found", () => {
  test("an engine that does not hear that its leases were not renewed", async () => {
    const report = await findBug({ reportsRenewals: false });
    expect(report?.failures[0]).toMatch(/does not have the lease/);
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

  test("and its trace is shrunk to the faults that it needs", async () => {
    const rules = { ...soundHostRules, reportsRenewals: false };
    const found = await findBug(rules);
    const shrunk = await shrinkHostsSeed({ seed: found?.seed ?? 0, databases, rules });
    expect(shrunk.ok).toBe(false);
    expect(shrunk.faults.length).toBeLessThanOrEqual(found?.faults.length ?? 0);
  });
});
