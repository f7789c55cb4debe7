import { statSync } from "node:fs";
import Database from "better-sqlite3";
import { describe, expect, test } from "vitest";
import { applyRetention, openSqliteStorage, RunReader, WorkflowEngine } from "../../src/index.js";
import { sweep } from "../../src/retention/sweep.js";
import { bench, workflow } from "../support/workflows.js";
import { expectSound, freshDatabase, HOUR, left, runMany, runOne, two } from "./fixture.js";

/** Timers without the pauses between transactions. */
const instantTimers = {
  setTimer: (_: number, action: () => void) => {
    setImmediate(action);
    return () => undefined;
  },
  afterTurn: (action: () => void) => void setImmediate(action),
};

describe("applyRetention", () => {
  test("removes runs that ended more than maxAgeMs ago", async () => {
    await using b = await bench();
    const ids = await runMany(b, 5);
    const report = await applyRetention(
      b.engine.storage,
      { maxAgeMs: 2.5 * HOUR },
      { clock: { ...instantTimers, now: () => b.clock.now() } },
    );
    expect([left(b.engine.storage), report.removedRuns, report.removedDefinitions]).toEqual([
      ids.slice(2).reverse(),
      { completed: 2, failed: 0, cancelled: 0 },
      0,
    ]);
  });

  test("removes all but the newest maxRunCount runs, whatever their status", async () => {
    await using b = await bench({ bad: { error: "no", retryable: false } });
    const [first, second] = [await runOne(b), await runOne(b, workflow({ bad: [] }))];
    const rest = await runMany(b, 3);
    expect(await applyRetention(b.engine.storage, { maxRunCount: 3 })).toMatchObject({
      removedRuns: { completed: 1, failed: 1, cancelled: 0 },
      removedDefinitions: 1,
      kept: [],
    });
    expect([
      left(b.engine.storage),
      [first, second].map((id) => b.engine.storage.getRun(id ?? "")),
    ]).toEqual([rest.reverse(), [undefined, undefined]]);
  });

  test("keeps failed runs with keepsFailed, without counting them, and reports those beyond a limit", async () => {
    await using b = await bench({ bad: { error: "no", retryable: false } });
    const old = await runOne(b, workflow({ bad: [] }));
    const [gone, ...rest] = await runMany(b, 3);
    const recent = await runOne(b, workflow({ bad: [] }));
    const policy = { maxRunCount: 2, keepsFailed: true };
    const report = {
      removedRuns: { completed: 1, failed: 0, cancelled: 0 },
      kept: [{ runId: old, because: "resumable" }],
    };
    const { storage } = b.engine;
    expect(await applyRetention(storage, policy, { isDryRun: true })).toMatchObject(report);
    expect(await applyRetention(storage, policy)).toMatchObject(report);
    expect([left(storage), storage.getRun(gone ?? "")]).toEqual([
      [recent, ...rest.toReversed(), old],
      undefined,
    ]);
    const all = await applyRetention(storage, { maxRunCount: 0 });
    expect([all.removedRuns.failed, left(storage)]).toEqual([2, []]);
  });

  test("removes the oldest runs until the database uses at most maxBytes", async () => {
    await using b = await bench({ a: { result: "x".repeat(50_000) } });
    const ids = await runMany(b, 20);
    const { storage } = b.engine;
    const most = storage.size().usedBytes - 400_000;
    const removed: string[] = [];
    const report = await applyRetention(
      storage,
      { maxBytes: most },
      { onRemoved: ({ runId }) => removed.push(runId) },
    );
    expect(storage.size().usedBytes).toBeLessThanOrEqual(most);
    expect(report.freedBytes).toBeGreaterThanOrEqual(400_000);
    expect(removed).toEqual(ids.slice(0, removed.length));
    expect(left(storage)).toEqual(ids.slice(removed.length).reverse());
    expect(removed.length).toBeLessThan(12);
  });

  test("counts artifacts towards maxBytes, and keeps those that a run still refers to", async () => {
    const large = "y".repeat(400_000);
    await using b = await bench({ a: { result: large } });
    const ids = await runMany(b, 3);
    const other = await runOne(b, workflow({ c: [] }, { id: "other" }));
    const { storage } = b.engine;
    expect(await applyRetention(storage, { maxRunCount: 2 })).toMatchObject({
      removedArtifacts: 0,
      removedRuns: { completed: 2 },
    });
    expect(RunReader.open(storage, ids[2] ?? "").catchUp().problems).toEqual([]);
    expect(await applyRetention(storage, { maxBytes: 300_000 })).toMatchObject({
      removedArtifacts: 1,
      removedRuns: { completed: 1 },
    });
    expect(left(storage)).toEqual([other]);
  });

  test("never removes a paused or running run, however old", async () => {
    await using b = await bench({ wait: { hangs: true } });
    await runMany(b, 2);
    const running = await b.engine.start(workflow({ wait: [] }));
    const paused = await b.engine.start(workflow({ a: [], b: ["a"] }));
    await paused.pause();
    await b.clock.advanceUntil(paused.ending);
    await applyRetention(b.engine.storage, { maxAgeMs: 0, maxRunCount: 0, maxBytes: 0 });
    expect(left(b.engine.storage).toSorted()).toEqual([running.id, paused.id].toSorted());
    const resumed = await b.engine.resume(paused.id);
    expect((await b.clock.advanceUntil(resumed.ending)).status).toBe("completed");
  });

  test("keeps a run while it has forks, and removes both once the fork has ended", async () => {
    await using b = await bench();
    const parent = await runOne(b);
    const { storage } = b.engine;
    const { definitionHash, workflowId } = storage.getRun(parent) ?? {
      definitionHash: "",
      workflowId: "",
    };
    const owner = { ownerId: "o", host: "h", pid: 1, processStart: "" };
    const fork = {
      runId: "fork",
      workflowId,
      definitionHash,
      inputs: {},
      context: {},
      createdAt: b.clock.now(),
      owner,
      leaseUntil: 0,
    };
    storage.commit({
      newRuns: [{ ...fork, parentRunId: parent }],
      artifacts: [],
      runs: [],
      logs: [],
    });
    expect((await applyRetention(storage, { maxRunCount: 0 })).kept).toEqual([
      { runId: parent, because: "forked" },
    ]);
    expect(await applyRetention(storage, { maxRunCount: 0 }, { isDryRun: true })).toMatchObject({
      kept: [{ because: "forked" }],
    });
    const run = {
      state: "failed",
      status: "failed",
      updatedAt: 1,
      finishedAt: b.clock.now(),
      release: true,
    } as const;
    storage.commit({
      newRuns: [],
      artifacts: [],
      logs: [],
      runs: [{ runId: "fork", leaseEpoch: 1, entries: [], checkpoints: [], run }],
    });
    const plan = await applyRetention(storage, { maxRunCount: 0 }, { isDryRun: true });
    const report = await applyRetention(storage, { maxRunCount: 0 });
    expect([plan.removedRuns, report.removedRuns, left(storage)]).toEqual([
      report.removedRuns,
      { completed: 1, failed: 1, cancelled: 0 },
      [],
    ]);
  });

  test("keeps a run whose row is damaged and reports it, in a dry run too", async () => {
    const database = freshDatabase();
    await using b = await bench({}, { database });
    const [damaged] = await runMany(b, 2);
    const raw = new Database(database);
    raw
      .prepare("UPDATE workflow_runs SET context = json('{\"changed\":true}') WHERE run_id = ?")
      .run(damaged);
    raw.close();
    const kept = [{ runId: damaged, because: "damaged" }];
    expect(
      await applyRetention(b.engine.storage, { maxRunCount: 0 }, { isDryRun: true }),
    ).toMatchObject({
      kept,
      removedRuns: { completed: 1 },
    });
    expect(await applyRetention(b.engine.storage, { maxRunCount: 0 })).toMatchObject({
      kept,
      removedRuns: { completed: 1 },
    });
    expect(left(b.engine.storage)).toEqual([damaged]);
  });

  test("judges each run by its own row in a dry run, even if other ids contain its id", async () => {
    const database = freshDatabase();
    await using b = await bench({}, { database });
    for (const runId of ["job", "job-2"]) {
      await b.clock.advance(HOUR);
      await b.clock.advanceUntil((await b.engine.start(two, { runId })).ending);
    }
    const raw = new Database(database);
    raw.exec(`UPDATE workflow_runs SET context = '{"changed":true}' WHERE run_id = 'job-2'`);
    raw.close();
    const { storage } = b.engine;
    const plan = await applyRetention(storage, { maxRunCount: 0 }, { isDryRun: true });
    expect([plan.kept, plan.removedRuns.completed]).toEqual([
      [{ runId: "job-2", because: "damaged" }],
      1,
    ]);
  });

  test("reports in a dry run exactly the runs that it then removes", async () => {
    await using b = await bench();
    await runMany(b, 6);
    const reported: string[] = [];
    const onRemoved = ({ runId }: { runId: string }): void => void reported.push(runId);
    const policy = { maxRunCount: 4, maxBytes: 1_000_000_000 };
    const plan = await applyRetention(b.engine.storage, policy, { isDryRun: true, onRemoved });
    expect(left(b.engine.storage).length).toBe(6);
    const planned = reported.splice(0);
    const report = await applyRetention(b.engine.storage, policy, { onRemoved });
    expect([plan.removedRuns, planned]).toEqual([report.removedRuns, reported]);
    expect(plan.freedBytes).toBeGreaterThan(0);
  });

  test("refuses an invalid limit, and a policy without limits", async () => {
    await using b = await bench();
    for (const policy of [
      {},
      { maxAgeMs: -1 },
      { maxRunCount: Number.NaN },
      { checkpointsPerRun: 0 },
      { checkpointsPerRun: 1.5 },
    ]) {
      await expect(applyRetention(b.engine.storage, policy)).rejects.toMatchObject({
        code: "invalid_argument",
      });
    }
    await expect(
      WorkflowEngine.open({ database: ":memory:", retention: { maxBytes: -1 } }),
    ).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });

  test("leaves an intact database wherever it stops, and finishes the removal the next time", async () => {
    const database = freshDatabase();
    const clock = { now: 0 };
    {
      await using b = await bench(
        { last: { error: "no" } },
        { database, checkpoint: { every: 20 } },
      );
      await runMany(b, 3);
      await runOne(
        b,
        workflow(
          Object.fromEntries(
            [...Array(300).keys()].map((n) => [`s${n}`, n === 0 ? [] : [`s${n - 1}`]]),
          ),
        ),
      );
      const failed = workflow({
        ...Object.fromEntries([...Array(300).keys()].map((n) => [`s${n}`, []])),
        last: ["s0"],
      });
      await runOne(b, failed);
      clock.now = b.clock.now();
    }
    let steps = 0;
    const half: string[] = [];
    for (let isDone = false; !isDone; steps += 1) {
      const storage = openSqliteStorage({ path: database });
      isDone =
        sweep(storage, { maxRunCount: 0 }, { now: clock.now, isHeld: () => true }).next().done ===
        true;
      half.push(...storage.listHalfRemoved());
      storage.close();
      expectSound(database);
      if (half.length > 0) await expectNotResumable(database, half.at(-1) ?? "");
      expect(steps).toBeLessThan(50);
    }
    expect([new Set(half).size, steps > 6]).toEqual([2, true]);
    const storage = openSqliteStorage({ path: database });
    expect([left(storage), storage.listWorkflows()]).toEqual([[], []]);
    storage.close();
  });

  test("releases the free pages of a file created for it; vacuum does so for any file", async () => {
    const database = freshDatabase();
    const made = new Database(database);
    made.pragma("auto_vacuum = INCREMENTAL");
    made.exec("CREATE TABLE of_another_package (x)");
    made.close();
    for (const path of [database, freshDatabase()]) {
      await using b = await bench({ a: { result: "z".repeat(100_000) } }, { database: path });
      await runMany(b, 10);
      const storage = openSqliteStorage({ path });
      await applyRetention(storage, { maxRunCount: 0 });
      const { fileBytes, usedBytes } = storage.size();
      expect(fileBytes === usedBytes).toBe(path === database);
      storage.vacuum();
      const after = storage.size();
      // Vacuuming repacks the remaining rows, which may free more pages.
      expect([after.fileBytes, after.fileBytes <= usedBytes]).toEqual([statSync(path).size, true]);
      expect(after.fileBytes).toBe(after.usedBytes);
      storage.close();
      expectSound(path);
    }
  });
});

async function expectNotResumable(database: string, runId: string): Promise<void> {
  await using engine = await WorkflowEngine.open({ database, agents: { "*": () => "never" } });
  const refused = await engine.resume(runId).then(
    () => "resumed",
    (error: { code?: string }) => error.code,
  );
  expect(["run_not_resumable", "run_not_found"]).toContain(refused);
}
