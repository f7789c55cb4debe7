import type { StoragePort } from "@automatosx/workflow";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  Databases,
  type EngineWorldOptions,
  readWorkflow,
  runEngineSeed,
  type SeedReport,
  shrinkEngineSeed,
} from "../../src/engine/index.js";

let databases: Databases;
beforeEach(() => {
  databases = new Databases();
});
afterEach(() => databases.close());

type Commit = Parameters<StoragePort["commit"]>[0];

/** Wraps a storage with a planted bug: `bug` receives every call. */
function withBug(
  storage: StoragePort,
  bug: (
    name: string,
    given: readonly unknown[],
    call: (...given: readonly unknown[]) => unknown,
  ) => unknown,
) {
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...given: readonly unknown[]) =>
        bug(String(name), given, (...changed) => Reflect.apply(member, target, changed));
    },
  });
}

const BUGS: Readonly<Record<string, (storage: StoragePort) => StoragePort>> = {
  "acknowledges a commit before writing it": (storage) => {
    let held: Commit | undefined;
    return withBug(storage, (name, given, call) => {
      if (held !== undefined) storage.commit(held);
      held = undefined;
      if (name !== "commit") return call(...given);
      held = given[0] as Commit;
      return undefined;
    });
  },
  "stores no checkpoints": (storage) =>
    withBug(storage, (name, given, call) => {
      if (name !== "commit") return call(...given);
      const commit = given[0] as Commit;
      return call({ ...commit, runs: commit.runs.map((run) => ({ ...run, checkpoints: [] })) });
    }),
  "stores a wrong result": (storage) =>
    withBug(storage, (name, given, call) => {
      if (name !== "commit") return call(...given);
      const text = JSON.stringify(given[0]);
      return call(
        JSON.parse(
          text.replace('\\"result\\":{\\"step\\":\\"b\\"', '\\"result\\":{\\"step\\":\\"?\\"'),
        ),
      );
    }),
  "grants every lease without acquiring it": (storage) =>
    withBug(storage, (name, given, call) => {
      if (name !== "acquireLease") return call(...given);
      const { runId } = given[0] as { runId: string };
      return { held: true, leaseEpoch: storage.getRun(runId)?.leaseEpoch ?? 1 };
    }),
};

async function firstFailure(
  options: Omit<EngineWorldOptions, "seed" | "databases">,
  seeds: number,
): Promise<SeedReport | undefined> {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const report = await runEngineSeed({ ...options, seed, databases });
    if (!report.ok) return report;
  }
  return undefined;
}

describe("an engine seed", () => {
  test("breaks no promise", async () => {
    const broken: string[] = [];
    let fired = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const report = await runEngineSeed({ seed, databases });
      fired += report.firedCount;
      broken.push(...report.failures.map((failure) => `seed ${seed}: ${failure}`));
    }
    expect(broken).toEqual([]);
    expect(fired).toBeGreaterThan(200);
  });

  test("produces the same world in a new file as in one that other seeds have used", async () => {
    const seeds = [3, 14, 88, 1907];
    const once: SeedReport[] = [];
    for (const seed of seeds) once.push(await runEngineSeed({ seed, databases }));
    for (const [index, seed] of seeds.entries()) {
      databases.retire();
      expect(await runEngineSeed({ seed, databases })).toEqual(once[index]);
    }
  });

  test("completes its runs if all faults are left out", async () => {
    const report = await runEngineSeed({ seed: 5, databases, only: [] });
    expect(report).toMatchObject({ ok: true, faults: [], firedCount: 0 });
    expect(new Set(report.endings)).toEqual(new Set(["completed"]));
  });
});

describe("an agent that hangs for hours", () => {
  test("breaks no promise: the world waits for its timeout", async () => {
    const text = "id: hang\nsteps:\n  - {id: one, agentId: a, task: x, timeout: 2h}\n";
    const workflow = readWorkflow({ text, format: "yaml" });
    const longestMs: number[] = [];
    for (const seed of [1, 37, 39]) {
      const { failures, makespanMs } = await runEngineSeed({ seed, databases, workflow });
      expect({ seed, failures }).toEqual({ seed, failures: [] });
      longestMs.push(makespanMs);
    }
    expect(Math.max(...longestMs)).toBeGreaterThan(2 * 60 * 60 * 1000);
  });
});

describe("a planted bug", () => {
  test.each(Object.entries(BUGS))("is found in a storage that %s", async (_, wrapStorage) => {
    const report = await firstFailure({ wrapStorage }, 60);
    expect(report?.failures.length, "seeds 1 to 60 found nothing").toBeGreaterThan(0);
  });

  test("shrinks to the necessary faults and replays to the same trace", async () => {
    // This bug needs a process to die: a process that resumes a run loses the last entry of each
    // commit.
    const wrapStorage = (storage: StoragePort): StoragePort =>
      withBug(storage, (name, given, call) => {
        const commit = given[0] as Commit;
        const isRetry =
          name === "commit" &&
          commit.runs.some(({ leaseEpoch, entries }) => leaseEpoch > 1 && entries.length > 0);
        if (!isRetry) return call(...given);
        return call({
          ...commit,
          runs: commit.runs.map((run) => ({ ...run, entries: run.entries.slice(0, -1) })),
        });
      });
    const found = await firstFailure({ wrapStorage }, 60);
    if (found === undefined) throw new Error("seeds 1 to 60 found nothing");
    const { report, only } = await shrinkEngineSeed({ seed: found.seed, databases, wrapStorage });
    expect(report.ok).toBe(false);
    expect(report.faults.length).toBeLessThanOrEqual(3);
    expect(await runEngineSeed({ seed: found.seed, databases, wrapStorage, only })).toEqual(report);
    for (const index of only) {
      const fewer = only.filter((other) => other !== index);
      expect(
        (await runEngineSeed({ seed: found.seed, databases, wrapStorage, only: fewer })).ok,
      ).toBe(true);
    }
  });
});
