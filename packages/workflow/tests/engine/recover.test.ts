import { describe, expect, test } from "vitest";
import { openSqliteStorage, type StoragePort, WorkflowError } from "../../src/index.js";
import { bench, workflow } from "../support/workflows.js";

/**
 * A storage with an outdated list of runs; while `isLate`, single runs are outdated too, until a
 * lease is acquired.
 */
function lateTo(storage: StoragePort, late: { isLate: boolean }): StoragePort {
  const runs = storage.listRuns({ status: "running" });
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        if (name === "listRuns") return runs;
        if (name === "getRun" && late.isLate) return runs.find((run) => run.runId === args[0]);
        if (name === "acquireLease") late.isLate = false;
        return member.apply(target, args) as unknown;
      };
    },
  });
}

/**
 * An orphaned run that failed in a second engine, and the storage as a third engine saw it before.
 */
async function failedMeanwhile(
  isLate: boolean,
): Promise<{ storage: StoragePort; seen: StoragePort; runId: string }> {
  const storage = openSqliteStorage({ path: ":memory:" });
  const first = await bench({ a: { hangs: true } }, { storage });
  const run = await first.engine.start(workflow({ a: [] }));
  run.ending.catch(() => undefined);
  await first.engine.close();
  const seen = lateTo(storage, { isLate });
  await using second = await bench({ a: { error: "no" } }, { storage });
  await (await second.engine.resume(run.id)).ending;
  return { storage, seen, runId: run.id };
}

describe("WorkflowEngine.recover", () => {
  test("skips a run that has failed in another engine since the list was read", async () => {
    const { storage, seen, runId } = await failedMeanwhile(false);
    await using late = await bench({}, { storage: seen });
    expect({
      ...(await late.engine.recover()),
      calls: late.agent.started,
      status: storage.getRun(runId)?.status,
    }).toEqual({
      handles: [],
      suspects: [],
      waiting: [],
      problems: [],
      calls: [],
      status: "failed",
    });
  });
});

describe("a run that cannot be read", () => {
  test("is reported even if the database is too busy to count the failed recovery", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const first = await bench({ a: { hangs: true } }, { storage });
    const run = await first.engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    await first.engine.close();
    const refuse = (code: "journal_damaged" | "database_busy") => () => {
      throw new WorkflowError(code, `It is ${code}.`);
    };
    const troubled = new Proxy(storage, {
      get(target, name) {
        if (name === "readJournal") return refuse("journal_damaged");
        if (name === "recordFailedRecovery") return refuse("database_busy");
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
    await using late = await bench({}, { storage: troubled });
    const { handles, problems } = await late.engine.recover();
    expect({
      handles,
      problems: problems.map(({ code }) => code),
      failed: storage.getRun(run.id)?.failedRecoveries,
    }).toEqual({
      handles: [],
      problems: ["journal_damaged"],
      failed: 0,
    });
  });
});

describe("WorkflowEngine.resume", () => {
  test("refuses and releases a run that ended before the lease was acquired", async () => {
    const { storage, seen, runId } = await failedMeanwhile(true);
    await using late = await bench({}, { storage: seen });
    await expect(late.engine.resume(runId)).rejects.toMatchObject({ code: "run_not_resumable" });
    const { status, owner } = storage.getRun(runId) ?? {};
    expect({ status, owner, calls: late.agent.started }).toEqual({
      status: "failed",
      owner: undefined,
      calls: [],
    });
  });
});
