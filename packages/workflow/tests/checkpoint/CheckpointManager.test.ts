import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, describe, expect, test } from "vitest";
import type { WorkflowData } from "../../src/definition/WorkflowSource.js";
import { Context, Machine, openSqliteStorage, RunReader } from "../../src/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

const folder = mkdtempSync(join(tmpdir(), "axw-checkpoint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const chain = (length: number, rest: Record<number, object> = {}): WorkflowData =>
  workflow(
    Object.fromEntries(
      [...Array(length).keys()].map((n) => [
        `s${n}`,
        { dependencies: n === 0 ? [] : [`s${n - 1}`], ...rest[n] },
      ]),
    ),
  );

/** The complete state of a machine, as data. */
const seen = (reader: RunReader): unknown => ({
  state: Machine.state(reader.machine),
  steps: Context.steps(Machine.context(reader.machine)),
  results: Context.results(Machine.context(reader.machine)),
  metrics: Context.metrics(Machine.context(reader.machine)),
  checkpoints: Context.checkpoints(Machine.context(reader.machine)),
});

function folded(b: Bench, runId: string): RunReader {
  const reader = RunReader.open(b.engine.storage, runId);
  for (const _ of reader.advance());
  return reader;
}

describe("automatic checkpoints", () => {
  test("are written every N completed steps and contain the changes since the previous one", async () => {
    await using b = await bench({}, { checkpoint: { every: 10 } });
    const run = await b.engine.start(chain(45));
    await b.clock.advanceUntil(run.ending);
    const listed = b.engine.checkpoints.listCheckpoints(run.id);
    expect(listed.map((c) => [c.kind, c.completedCount])).toEqual(
      [40, 30, 20, 10].map((count) => ["automatic", count]),
    );
    const sizes = listed.map(
      (c) => b.engine.storage.getCheckpoint(c.checkpointId)?.payload.length ?? 0,
    );
    expect(Math.max(...sizes.slice(0, 3))).toBeLessThan((sizes[3] ?? 0) * 1.2);
  });

  test("are written when the next step completes after an interval", async () => {
    await using b = await bench(
      { s0: { result: 0, afterMs: 500 }, s1: { result: 1, afterMs: 600 } },
      { checkpoint: { intervalMs: 1000 } },
    );
    const run = await b.engine.start(chain(4));
    await b.clock.advanceUntil(run.ending);
    expect(b.engine.checkpoints.listCheckpoints(run.id).map((c) => c.completedCount)).toEqual([2]);
  });
});

describe("named checkpoints", () => {
  test("are written when a step with `checkpoint` completes", async () => {
    await using b = await bench({}, { checkpoint: {} });
    const run = await b.engine.start(
      chain(5, { 1: { checkpoint: "half-way" }, 3: { checkpoint: true } }),
    );
    await b.clock.advanceUntil(run.ending);
    expect(
      b.engine.checkpoints.listCheckpoints(run.id).map((c) => [c.kind, c.name, c.completedCount]),
    ).toEqual([
      ["step", "s3", 4],
      ["step", "half-way", 2],
    ]);
  });

  test("are written on request, while steps are running", async () => {
    await using b = await bench({ s1: { result: 1, afterMs: 100 } });
    const run = await b.engine.start(chain(3));
    await b.clock.settle();
    const checkpointId = await run.checkpoint("before-tests");
    const { runId, seq: _, ...data } = b.engine.checkpoints.loadCheckpoint(checkpointId);
    expect({ runId, data }).toEqual({
      runId: run.id,
      data: {
        checkpointId,
        completedSteps: ["s0"],
        pendingSteps: ["s1", "s2"],
        stepResults: { s0: { stepId: "s0", attemptNumber: 1 } },
      },
    });
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
    expect(b.engine.checkpoints.latestCheckpoint(run.id)).toMatchObject({
      checkpointId,
      name: "before-tests",
      kind: "manual",
    });
  });
});

describe("a checkpoint that is being restored", () => {
  test("is either restored or missing, never partly removed", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const script = {
      c: [{ error: "no" }, { result: 1 }],
      b: [{ result: 1 }, { hangs: true }],
    } as const;
    const first = await bench(script, { storage, checkpoint: { every: 1 } });
    const run = await first.engine.start(workflow({ a: [], b: ["a"], c: ["b"] }));
    await run.ending;
    const oldest = first.engine.checkpoints.listCheckpoints(run.id).at(-1)?.checkpointId ?? "";
    const resumed = first.engine.resume(oldest);
    await Promise.resolve();
    first.engine.checkpoints.pruneCheckpoints(run.id, 1);
    const how = await resumed.then(
      ({ ending }) => {
        ending.catch(() => undefined);
        return "went back";
      },
      (error: { code: string }) => error.code,
    );
    expect(["went back", "checkpoint_not_found"]).toContain(how);
    await first.engine.close();
    await using second = await bench({}, { storage });
    expect((await (await second.engine.resume(run.id)).ending).status).toBe("completed");
  });
});

describe("an unnamed checkpoint that was requested", () => {
  test("does not count as automatic, and is kept when automatic checkpoints are pruned", async () => {
    await using b = await bench({ s1: { result: 1, afterMs: 100 } });
    const run = await b.engine.start(chain(2));
    await b.clock.settle();
    const ids = [await run.checkpoint(), await b.engine.checkpoint(run.id)];
    expect(
      b.engine.checkpoints
        .listCheckpoints(run.id)
        .map(({ checkpointId, kind, name }) => [checkpointId, kind, name]),
    ).toEqual([
      [ids[1], "manual", undefined],
      [ids[0], "manual", undefined],
    ]);
    expect(b.engine.checkpoints.pruneCheckpoints(run.id, 1)).toBe(0);
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
  });
});

describe("a run read from its newest checkpoint", () => {
  test("is equal to the run read from its whole journal", async () => {
    await using b = await bench(
      { s7: [{ error: "once" }, { result: "twice" }] },
      { checkpoint: { every: 3 } },
    );
    const run = await b.engine.start(
      chain(20, { 7: { retries: 1 }, 12: { checkpoint: "twelve" } }),
    );
    await b.clock.advanceUntil(run.ending);
    const short = RunReader.open(b.engine.storage, run.id).catchUp();
    expect(short.checkpoint).toBeDefined();
    expect(seen(short)).toEqual(seen(folded(b, run.id)));
  });

  test("is still equal when the newest checkpoints are damaged, which are reported", async () => {
    const database = join(folder, "damaged.db");
    await using b = await bench({}, { database, checkpoint: { every: 5 } });
    const run = await b.engine.start(chain(20));
    await b.clock.advanceUntil(run.ending);
    const [newest, second] = b.engine.checkpoints.listCheckpoints(run.id);
    const raw = new Database(database);
    raw
      .prepare(
        "UPDATE workflow_checkpoints SET payload = replace(payload, 'completed', 'compleTed') " +
          "WHERE checkpoint_id IN (?, ?)",
      )
      .run(newest?.checkpointId, second?.checkpointId);
    raw.close();
    const short = RunReader.open(b.engine.storage, run.id).catchUp();
    expect(short.problems.map((problem) => problem.code)).toEqual([
      "checkpoint_damaged",
      "checkpoint_damaged",
    ]);
    expect(seen(short)).toEqual(seen(folded(b, run.id)));
    expect(() => b.engine.checkpoints.loadCheckpoint(newest?.checkpointId ?? "")).toThrow(
      expect.objectContaining({ code: "checkpoint_damaged" }),
    );
  });
});

describe("WorkflowEngine.resume", () => {
  test("skips and reports a damaged checkpoint, and continues from the journal", async () => {
    const database = join(folder, "passed-over.db");
    await using b = await bench(
      { s8: [{ error: "once" }, { result: "twice" }] },
      { database, checkpoint: { every: 3 } },
    );
    const run = await b.engine.start(chain(10));
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("failed");
    const raw = new Database(database);
    raw
      .prepare("UPDATE workflow_checkpoints SET sha256 = ? WHERE run_id = ?")
      .run("0".repeat(64), run.id);
    raw.close();
    const again = await b.engine.resume(run.id);
    expect(again.problems.map((problem) => problem.code)).toEqual([
      "checkpoint_damaged",
      "checkpoint_damaged",
    ]);
    const ending = await b.clock.advanceUntil(again.ending);
    expect({
      status: ending.status,
      s8: ending.results["s8"],
      started: b.agent.started.length,
    }).toEqual({
      status: "completed",
      s8: "twice",
      started: 11,
    });
  });
});

describe("WorkflowEngine.resume with a checkpoint", () => {
  test("keeps the steps completed at that time, and reruns the others with new attempts", async () => {
    await using b = await bench({ s3: [{ error: "bad" }, { result: "good" }] });
    const run = await b.engine.start(chain(4, { 1: { checkpoint: "early" } }));
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("failed");
    const [early] = b.engine.checkpoints.listCheckpoints(run.id);
    const again = await b.engine.resume(early?.checkpointId ?? "");
    const ending = await b.clock.advanceUntil(again.ending);
    expect({ status: ending.status, started: b.agent.started }).toEqual({
      status: "completed",
      started: ["s0", "s1", "s2", "s3", "s2", "s3"],
    });
    expect(ending.results["s2"]).toEqual({ stepId: "s2", attemptNumber: 2 });
    expect(seen(RunReader.open(b.engine.storage, run.id).catchUp())).toEqual(
      seen(folded(b, run.id)),
    );
  });

  test("leaves older checkpoints unchanged", async () => {
    await using b = await bench({ s3: { error: "bad" } }, { checkpoint: { every: 1 } });
    const run = await b.engine.start(chain(4, { 1: { checkpoint: "early" } }));
    await b.clock.advanceUntil(run.ending);
    const ids = b.engine.checkpoints.listCheckpoints(run.id).map((c) => c.checkpointId);
    const before = ids.map((id) => b.engine.checkpoints.loadCheckpoint(id));
    const again = await b.engine.resume(ids.at(-1) ?? "");
    await b.clock.advanceUntil(again.ending);
    expect(ids.map((id) => b.engine.checkpoints.loadCheckpoint(id))).toEqual(before);
  });

  test("refuses a checkpoint that does not exist", async () => {
    await using b = await bench();
    expect(() => b.engine.checkpoints.loadCheckpoint("nowhere")).toThrow(
      expect.objectContaining({ code: "checkpoint_not_found" }),
    );
    await expect(b.engine.resume("nowhere")).rejects.toMatchObject({ code: "run_not_found" });
  });
});

describe("CheckpointManager.pruneCheckpoints", () => {
  test("keeps the newest and the named checkpoints, and merges older ones into them", async () => {
    await using b = await bench({}, { checkpoint: { every: 2 } });
    const run = await b.engine.start(chain(21, { 8: { checkpoint: "nine" } }));
    await b.clock.advanceUntil(run.ending);
    const { checkpoints, storage } = b.engine;
    const before = checkpoints
      .listCheckpoints(run.id)
      .map(({ checkpointId }) => checkpoints.loadCheckpoint(checkpointId));
    const whole = seen(folded(b, run.id));
    expect([
      checkpoints.pruneCheckpoints(run.id, 2),
      checkpoints.pruneCheckpoints(run.id, 2),
    ]).toEqual([7, 0]);
    const kept = checkpoints.listCheckpoints(run.id);
    expect(
      kept.map((c) => [
        c.completedCount,
        c.name,
        storage.getCheckpoint(c.checkpointId)?.parentCheckpointId,
      ]),
    ).toEqual([
      [19, undefined, kept[1]?.checkpointId],
      [17, undefined, kept[2]?.checkpointId],
      [9, "nine", undefined],
    ]);
    for (const { checkpointId } of kept) {
      expect(checkpoints.loadCheckpoint(checkpointId)).toEqual(
        before.find((c) => c.checkpointId === checkpointId),
      );
    }
    const short = RunReader.open(storage, run.id).catchUp();
    expect([short.problems, short.checkpoint?.checkpointId, seen(short)]).toEqual([
      [],
      kept[0]?.checkpointId,
      whole,
    ]);
  });

  test("can be called while the run is active and keeps the newest checkpoint", async () => {
    await using b = await bench({ s9: { result: 9, afterMs: 100 } }, { checkpoint: { every: 2 } });
    const run = await b.engine.start(chain(20));
    await b.clock.settle();
    while (run.metrics().completedSteps < 9) await b.clock.settle();
    expect(b.engine.checkpoints.pruneCheckpoints(run.id, 0)).toBe(3);
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
    const short = RunReader.open(b.engine.storage, run.id).catchUp();
    expect([short.problems, seen(short)]).toEqual([[], seen(folded(b, run.id))]);
  });

  test("keeps a checkpoint the run was restored to, because the journal needs it", async () => {
    await using b = await bench({ s3: { error: "bad" } }, { checkpoint: { every: 1 } });
    const run = await b.engine.start(chain(4));
    await b.clock.advanceUntil(run.ending);
    const [newest, , oldest] = b.engine.checkpoints
      .listCheckpoints(run.id)
      .map((c) => c.checkpointId);
    // Goes back to the first step, on to the third, and back to the third step's first result.
    await b.clock.advanceUntil((await b.engine.resume(oldest ?? "")).ending);
    await b.clock.advanceUntil((await b.engine.resume(newest ?? "")).ending);
    const before = seen(folded(b, run.id));
    expect(b.engine.checkpoints.pruneCheckpoints(run.id, 1)).toBeGreaterThan(0);
    expect(seen(folded(b, run.id))).toEqual(before);
    expect(seen(RunReader.open(b.engine.storage, run.id).catchUp())).toEqual(before);
  });

  test("removes nothing if a checkpoint is damaged, because other checkpoints may depend on it", async () => {
    const database = join(folder, "pruned.db");
    await using b = await bench({}, { database, checkpoint: { every: 2 } });
    const run = await b.engine.start(chain(11));
    await b.clock.advanceUntil(run.ending);
    const raw = new Database(database);
    raw
      .prepare("UPDATE workflow_checkpoints SET sha256 = ? WHERE completed_count = 4")
      .run("0".repeat(64));
    raw.close();
    expect([
      b.engine.checkpoints.pruneCheckpoints(run.id, 1),
      b.engine.checkpoints.listCheckpoints(run.id).length,
    ]).toEqual([0, 5]);
  });
});
