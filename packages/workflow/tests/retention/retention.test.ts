import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import {
  applyRetention,
  openSqliteStorage,
  type RetentionReport,
  RunReader,
  type StoragePort,
  WorkflowEngine,
} from "../../src/index.js";
import { sweep } from "../../src/retention/sweep.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-retention-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let databases = 0;
const freshDatabase = (): string => {
  databases += 1;
  return join(folder, `${databases}.db`);
};

const HOUR = 3_600_000;
const two = workflow({ a: [], b: ["a"] });

/** Runs the workflow to its end, an hour after whatever was before. */
async function runOne(b: Bench, definition: object = two): Promise<string> {
  await b.clock.advance(HOUR);
  const run = await b.engine.start(definition);
  await b.clock.advanceUntil(run.ending);
  return run.id;
}

async function runMany(b: Bench, count: number, definition?: object): Promise<string[]> {
  const ids: string[] = [];
  for (let index = 0; index < count; index += 1) ids.push(await runOne(b, definition));
  return ids;
}

const left = (storage: StoragePort): string[] => storage.listRuns().map(({ runId }) => runId);

/** Nothing in the database says what is not so: every row, every reference, every journal and checkpoint. */
function expectSound(database: string): void {
  const raw = new Database(database, { readonly: true });
  const found = [raw.pragma("integrity_check", { simple: true }), raw.pragma("foreign_key_check")];
  raw.close();
  const storage = openSqliteStorage({ path: database, readOnly: true });
  const problems = storage.listRuns().flatMap(({ runId, damage }) => {
    for (const _ of storage.readJournal(runId));
    return [
      ...RunReader.open(storage, runId).catchUp().problems,
      ...(damage === undefined ? [] : [damage]),
    ];
  });
  storage.close();
  expect([...found, problems]).toEqual(["ok", [], []]);
}

describe("applyRetention", () => {
  test("removes by age what ended too long ago", async () => {
    await using b = await bench();
    const ids = await runMany(b, 5);
    const report = await applyRetention(
      b.engine.storage,
      { maxAgeMs: 2.5 * HOUR },
      { clock: { ...realTimers, now: () => b.clock.now() } },
    );
    expect([left(b.engine.storage), report.removedRuns, report.removedDefinitions]).toEqual([
      ids.slice(2).reverse(),
      { completed: 2, failed: 0, cancelled: 0 },
      0,
    ]);
  });

  test("removes by count all but the newest, whatever they ended as", async () => {
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

  test("removes by size the oldest, until the rest is small enough", async () => {
    await using b = await bench({ a: { result: "x".repeat(50_000) } });
    const ids = await runMany(b, 20);
    const { storage } = b.engine;
    const most = storage.size().usedBytes - 400_000;
    const told: string[] = [];
    const report = await applyRetention(
      storage,
      { maxBytes: most },
      { onRemoved: ({ runId }) => told.push(runId) },
    );
    expect(storage.size().usedBytes).toBeLessThanOrEqual(most);
    expect(report.freedBytes).toBeGreaterThanOrEqual(400_000);
    expect(told).toEqual(ids.slice(0, told.length));
    expect(left(storage)).toEqual(ids.slice(told.length).reverse());
    expect(told.length).toBeLessThan(12);
  });

  test("counts large results for the size, and keeps those that a run still names", async () => {
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

  test("never removes a run that is paused or running, however old", async () => {
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

  test("keeps what others were forked from as long as they are there, and then removes both", async () => {
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

  test("keeps a run whose row is damaged, as evidence, and says so", async () => {
    const database = freshDatabase();
    await using b = await bench({}, { database });
    const [ill] = await runMany(b, 2);
    const raw = new Database(database);
    raw
      .prepare("UPDATE workflow_runs SET context = json('{\"changed\":true}') WHERE run_id = ?")
      .run(ill);
    raw.close();
    const kept = [{ runId: ill, because: "damaged" }];
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
    expect(left(b.engine.storage)).toEqual([ill]);
  });

  test("only says what would go when asked to, and that is what goes", async () => {
    await using b = await bench();
    await runMany(b, 6);
    const told: string[] = [];
    const onRemoved = ({ runId }: { runId: string }): void => void told.push(runId);
    const policy = { maxRunCount: 4, maxBytes: 1_000_000_000 };
    const plan = await applyRetention(b.engine.storage, policy, { isDryRun: true, onRemoved });
    expect(left(b.engine.storage).length).toBe(6);
    const planned = told.splice(0);
    const report = await applyRetention(b.engine.storage, policy, { onRemoved });
    expect([plan.removedRuns, planned]).toEqual([report.removedRuns, told]);
    expect(plan.freedBytes).toBeGreaterThan(0);
  });

  test("refuses limits that cannot mean anything, and none at all", async () => {
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

  test("leaves a database that verifies, wherever it is left; the next one ends what was begun", async () => {
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

  test("gives free pages back to the disk where the file is made for it, and by vacuum where not", async () => {
    const database = freshDatabase();
    const made = new Database(database);
    made.pragma("auto_vacuum = INCREMENTAL");
    made.exec("CREATE TABLE of_another_phase (x)");
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
      // Packed anew, what is left may take less than before.
      expect([after.fileBytes, after.fileBytes <= usedBytes]).toEqual([statSync(path).size, true]);
      expect(after.fileBytes).toBe(after.usedBytes);
      storage.close();
      expectSound(path);
    }
  });
});

/** Pauses between batches are not what the tests of what is removed wait for. */
const realTimers = {
  setTimer: (_: number, action: () => void) => {
    setImmediate(action);
    return () => undefined;
  },
  afterTurn: (action: () => void) => void setImmediate(action),
};

async function expectNotResumable(database: string, runId: string): Promise<void> {
  await using engine = await WorkflowEngine.open({ database, agents: { "*": () => "never" } });
  const refused = await engine.resume(runId).then(
    () => "resumed",
    (error: { code?: string }) => error.code,
  );
  expect(["run_not_resumable", "run_not_found"]).toContain(refused);
}

describe("WorkflowEngine with retention", () => {
  test("looks again and again while it is open, and stops when it closes", async () => {
    const reports: RetentionReport[] = [];
    const b = await bench(
      {},
      {
        retention: {
          maxRunCount: 2,
          everyMs: 10_000,
          onSweep: (report) => void reports.push(report),
        },
      },
    );
    const first = await runMany(b, 4);
    await b.clock.advance(11_000);
    expect(left(b.engine.storage)).toEqual(first.slice(2).reverse());
    const more = await runMany(b, 3);
    await b.clock.advance(11_000);
    expect(left(b.engine.storage)).toEqual(more.slice(1).reverse());
    expect(reports.reduce((sum, { removedRuns }) => sum + removedRuns.completed, 0)).toBe(5);
    await b.engine.close();
    expect(b.clock.timerCount).toBe(0);
  });

  test("holds the checkpoints of a run that goes on to a number, and the run can be taken up from them", async () => {
    const database = freshDatabase();
    const steps = Object.fromEntries(
      [...Array(60).keys()].map((n) => [`s${n}`, n === 0 ? [] : [`s${n - 1}`]]),
    );
    const script = Object.fromEntries(
      [...Array(60).keys()].map((n) => [`s${n}`, { result: n, afterMs: 1000 }]),
    );
    const options = {
      database,
      checkpoint: { every: 2 },
      retention: { checkpointsPerRun: 3, everyMs: 1000 },
    };
    let id = "";
    {
      await using b = await bench(script, options);
      const run = await b.engine.start(workflow(steps));
      id = run.id;
      await b.clock.advance(45_500);
      const kept = b.engine.checkpoints.listCheckpoints(id);
      expect([run.metrics().completedSteps, kept.map((c) => c.completedCount)]).toEqual([
        45,
        [44, 42, 40],
      ]);
      expect(
        b.engine.storage.getCheckpoint(kept[2]?.checkpointId ?? "")?.parentCheckpointId,
      ).toBeUndefined();
    }
    await using b = await bench({}, options);
    const run = await b.engine.resume(id);
    const ending = await b.clock.advanceUntil(run.ending);
    expect([run.problems, ending.status, b.agent.started.length, ending.results["s44"]]).toEqual([
      [],
      "completed",
      15,
      44,
    ]);
  });

  test("starts a workflow anew whose definition went with its last run, in whichever process", async () => {
    const database = freshDatabase();
    await using b = await bench({}, { database });
    await runOne(b);
    const elsewhere = openSqliteStorage({ path: database });
    expect(await applyRetention(elsewhere, { maxRunCount: 0 })).toMatchObject({
      removedDefinitions: 1,
    });
    elsewhere.close();
    const again = await runOne(b);
    expect(b.engine.storage.getRun(again)?.status).toBe("completed");
  });

  test("goes on with the other runs when one of its own was removed by hand", async () => {
    const database = freshDatabase();
    await using b = await bench({ a: { result: 1, afterMs: 100 } }, { database });
    const [lost, other] = [await b.engine.start(two), await b.engine.start(two)];
    const raw = new Database(database);
    raw.prepare("DELETE FROM workflow_runs WHERE run_id = ?").run(lost.id);
    raw.close();
    const endings = Promise.allSettled([lost.ending, other.ending]);
    expect(await b.clock.advanceUntil(endings)).toMatchObject([
      { reason: { code: "run_not_found" } },
      { value: { status: "completed" } },
    ]);
  });

  test("tells of a look that failed, and looks again", async () => {
    const database = freshDatabase();
    const reports: RetentionReport[] = [];
    await using b = await bench(
      {},
      {
        database,
        retention: {
          maxRunCount: 0,
          everyMs: 1000,
          onSweep: (report) => void reports.push(report),
        },
      },
    );
    const raw = new Database(database);
    raw.exec(
      "CREATE TRIGGER kept BEFORE DELETE ON workflow_runs BEGIN SELECT raise(ABORT, 'not now'); END",
    );
    const run = await b.engine.start(two);
    await b.clock.advanceUntil(run.ending);
    await b.clock.advance(2500);
    expect(reports.map(({ problem }) => problem?.code)).toEqual(["internal", "internal"]);
    raw.exec("DROP TRIGGER kept");
    raw.close();
    await b.clock.advance(1500);
    expect(left(b.engine.storage)).toEqual([]);
  });
});
