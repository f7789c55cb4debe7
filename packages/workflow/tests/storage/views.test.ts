import type { JournalEntry } from "@automatosx/schemas";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { RunCommit } from "../../src/storage/StoragePort.js";
import { openDatabase } from "../../src/storage/sqlite/open-database.js";
import { openSqliteStorage, type SqliteStorage } from "../../src/storage/sqlite/SqliteStorage.js";
import { WorkflowDAO } from "../../src/storage/sqlite/WorkflowDAO.js";
import { definition, freshPaths, newRun, withRaw, write } from "./fixture.js";

const path = freshPaths("views");
let storage: SqliteStorage;
let seq = 0;

beforeEach(() => {
  storage = openSqliteStorage({ path: path() });
  storage.saveWorkflow(definition);
  storage.commit({ newRuns: [newRun("r1")], artifacts: [], logs: [], runs: [] });
  seq = 0;
});
afterEach(() => storage.close());

// Each entry is dated 10 ms after the previous one.
const entry = (
  type: string,
  payload: object,
  attempt?: readonly [string, number],
): JournalEntry => {
  seq += 1;
  const [stepId, attemptNumber] = attempt ?? [];
  return {
    runId: "r1",
    seq,
    type,
    at: seq * 10,
    payload: JSON.stringify(payload),
    ...(stepId !== undefined && attemptNumber !== undefined && { stepId, attemptNumber }),
  };
};
const start = (...attempts: readonly (readonly [string, number])[]): JournalEntry =>
  entry("execute_step_batch", {
    stepIds: attempts.map(([id]) => id),
    attempts: attempts.map(([, number]) => number),
  });
const done = (stepId: string, attemptNumber: number): JournalEntry =>
  entry("step_completed", { result: { error: "not one" } }, [stepId, attemptNumber]);
const fail = (stepId: string, attemptNumber: number, more: object = {}): JournalEntry =>
  entry(
    "step_failed",
    { error: `${stepId}${attemptNumber} broke`, reason: "error", final: false, ...more },
    [stepId, attemptNumber],
  );
const restore = (completed: readonly string[]): JournalEntry =>
  entry("restore_checkpoint", { checkpointId: "c1", completed });
const ended = (status: "completed" | "failed" | "cancelled"): Partial<RunCommit> => ({
  run: {
    state: status,
    status,
    updatedAt: 1001,
    finishedAt: 1001,
    ...(status === "failed" && { error: "b failed" }),
  },
});

interface Seen {
  readonly attempts: string[];
  readonly steps: string[];
  readonly summary: Record<string, unknown> | undefined;
}

/** The rows of the views: attempts as `a1 completed 10-20`, steps as `a completed 1`. */
function seen(): Seen {
  const database = openDatabase({ path: path(), readOnly: true });
  const dao = new WorkflowDAO(database);
  const attempts = dao
    .getStepAttempts("r1")
    .map((a) => `${a.stepId}${a.attemptNumber} ${a.status} ${a.startedAt}-${a.finishedAt ?? ""}`);
  const steps = dao
    .getRunSteps("r1")
    .map((step) => `${step.stepId} ${step.status} ${step.attempts}`);
  const {
    totalSteps,
    completedSteps,
    failedSteps,
    runningSteps,
    skippedSteps,
    attempts: tries,
    retries,
    checkpoints,
    durationMs,
  } = dao.getRunSummary("r1") ?? {};
  database.close();
  return {
    attempts,
    steps,
    summary: {
      totalSteps,
      completedSteps,
      failedSteps,
      runningSteps,
      skippedSteps,
      attempts: tries,
      retries,
      checkpoints,
      durationMs,
    },
  };
}

const numbers = (
  completedSteps: number,
  failedSteps: number,
  runningSteps: number,
  skippedSteps: number,
  attempts: number,
  retries: number,
) => ({
  totalSteps: 4,
  completedSteps,
  failedSteps,
  runningSteps,
  skippedSteps,
  attempts,
  retries,
  checkpoints: 0,
});

describe("the views", () => {
  test("show a run that has not started", () => {
    expect(seen()).toEqual({
      attempts: [],
      steps: ["a pending 0", "b pending 0", "c pending 0", "d pending 0"],
      summary: { ...numbers(0, 0, 0, 0, 0, 0), durationMs: 0 },
    });
  });

  test("show a run in progress: a completed step, a running one, and one between attempts", () => {
    write(storage, "r1", [start(["a", 1], ["b", 1]), done("a", 1), start(["c", 1]), fail("b", 1)], {
      run: { state: "awaiting_completion", status: "running", updatedAt: 41 },
    });
    expect(seen()).toEqual({
      attempts: ["a1 completed 10-20", "b1 failed 10-40", "c1 running 30-"],
      steps: ["a completed 1", "b pending 1", "c running 1", "d pending 0"],
      summary: { ...numbers(1, 0, 1, 0, 3, 0), durationMs: 40 },
    });
  });

  test("show a failed run: later steps are skipped, and running attempts are interrupted", () => {
    const entries = [
      start(["a", 1], ["b", 1]),
      fail("b", 1),
      start(["b", 2]),
      fail("b", 2, { final: true, reason: "timeout", skipped: ["c", "d"] }),
    ];
    write(
      storage,
      "r1",
      [...entries, entry("workflow_failed", { error: "b failed" })],
      ended("failed"),
    );
    expect(seen()).toEqual({
      attempts: ["a1 interrupted 10-", "b1 failed 10-20", "b2 failed 30-40"],
      steps: ["a pending 1", "b failed 2", "c skipped 0", "d skipped 0"],
      summary: { ...numbers(0, 1, 0, 2, 3, 1), durationMs: 1000 },
    });
    const dao = withRaw(path(), (database) => new WorkflowDAO(database).getRunSteps("r1"));
    expect(dao[1]).toEqual({
      runId: "r1",
      stepId: "b",
      hasSteps: false,
      status: "failed",
      attempts: 2,
      startedAt: 10,
      finishedAt: 40,
      error: "b2 broke",
    });
  });

  test("show an attempt in flight at a crash as interrupted, not as failed", () => {
    const entries = [
      start(["a", 1], ["b", 1]),
      done("a", 1),
      fail("b", 1, { reason: "interrupted" }),
      start(["b", 2]),
      done("b", 2),
    ];
    write(storage, "r1", entries);
    expect([seen().attempts, seen().steps.slice(0, 2)]).toEqual([
      ["a1 completed 10-20", "b1 interrupted 10-30", "b2 completed 40-50"],
      ["a completed 1", "b completed 2"],
    ]);
  });

  test("show an attempt without an outcome as interrupted once the step has started again", () => {
    write(storage, "r1", [start(["a", 1]), start(["a", 2])]);
    expect(seen().attempts).toEqual(["a1 interrupted 10-", "a2 running 20-"]);
  });

  test("show the unfinished steps of a cancelled run as cancelled", () => {
    write(
      storage,
      "r1",
      [start(["a", 1], ["b", 1]), done("a", 1), entry("cancel_workflow", {})],
      ended("cancelled"),
    );
    expect(seen()).toEqual({
      attempts: ["a1 completed 10-20", "b1 interrupted 10-"],
      steps: ["a completed 1", "b cancelled 1", "c cancelled 0", "d cancelled 0"],
      summary: { ...numbers(1, 0, 0, 0, 2, 0), durationMs: 1000 },
    });
  });

  test("show only the steps listed in a restored checkpoint as completed", () => {
    const before = [
      start(["a", 1]),
      done("a", 1),
      start(["b", 1], ["c", 1]),
      done("b", 1),
      fail("c", 1, { final: true, skipped: ["d"] }),
    ];
    write(storage, "r1", [...before, restore(["a"])]);
    expect(seen()).toEqual({
      attempts: ["a1 completed 10-20", "b1 completed 30-40", "c1 failed 30-50"],
      steps: ["a completed 1", "b pending 1", "c pending 1", "d pending 0"],
      summary: { ...numbers(1, 0, 0, 0, 3, 0), durationMs: 59 },
    });
    write(
      storage,
      "r1",
      [start(["b", 2], ["c", 2]), done("b", 2), done("c", 2), start(["d", 1]), done("d", 1)],
      ended("completed"),
    );
    expect(seen()).toEqual({
      attempts: [
        "a1 completed 10-20",
        "b1 completed 30-40",
        "c1 failed 30-50",
        "b2 completed 70-80",
        "c2 completed 70-90",
        "d1 completed 100-110",
      ],
      steps: ["a completed 1", "b completed 2", "c completed 2", "d completed 1"],
      summary: { ...numbers(4, 0, 0, 0, 6, 2), durationMs: 1000 },
    });
  });

  test("show the failures that a restore keeps, with their errors", () => {
    write(storage, "r1", [
      start(["a", 1]),
      fail("a", 1, { final: true }),
      start(["b", 1], ["c", 1]),
      done("b", 1),
      fail("c", 1, { final: true, skipped: ["d"] }),
      entry("restore_checkpoint", {
        checkpointId: "r1@failed",
        completed: ["b"],
        tolerated: { a: "a1 broke" },
      }),
    ]);
    expect(seen()).toEqual({
      attempts: ["a1 failed 10-20", "b1 completed 30-40", "c1 failed 30-50"],
      steps: ["a failed 1", "b completed 1", "c pending 1", "d pending 0"],
      summary: { ...numbers(1, 1, 0, 0, 3, 0), durationMs: 59 },
    });
    const database = openDatabase({ path: path(), readOnly: true });
    const [a] = new WorkflowDAO(database).getRunSteps("r1");
    database.close();
    expect(a).toMatchObject({ stepId: "a", error: "a1 broke" });
  });

  test("reflect the last of several restores, each of which interrupts attempts in flight", () => {
    const entries = [
      start(["a", 1]),
      done("a", 1),
      restore(["a"]),
      start(["b", 1]),
      restore([]),
      start(["a", 2]),
    ];
    write(storage, "r1", entries);
    expect([seen().attempts, seen().steps]).toEqual([
      ["a1 completed 10-20", "b1 interrupted 40-", "a2 running 60-"],
      ["a running 2", "b pending 1", "c pending 0", "d pending 0"],
    ]);
  });

  test("distinguish attempts with equal numbers before and after a restore", () => {
    write(storage, "r1", [
      start(["a", 1]),
      fail("a", 1, { final: true }),
      restore([]),
      start(["a", 1]),
      done("a", 1),
    ]);
    expect([seen().attempts, seen().steps[0]]).toEqual([
      ["a1 failed 10-20", "a1 completed 40-50"],
      "a completed 2",
    ]);
  });

  test("count the running steps and checkpoints of each run separately", () => {
    storage.commit({ newRuns: [newRun("r2")], artifacts: [], logs: [], runs: [] });
    const other = { ...start(["a", 1]), runId: "r2" };
    seq = 0;
    const checkpoint = {
      checkpointId: "c1",
      runId: "r1",
      seq: 1,
      kind: "manual",
      createdAt: 1,
      completedCount: 0,
      payload: "{}",
      sha256: "e".repeat(64),
    } as const;
    write(storage, "r2", [other]);
    write(storage, "r1", [start(["b", 1])], { checkpoints: [checkpoint] });
    const rows = withRaw(path(), (database) =>
      database
        .prepare(
          `SELECT run_id, workflow_name, state, running_steps, checkpoints
           FROM workflow_run_summary ORDER BY run_id`,
        )
        .all(),
    );
    expect(rows).toEqual([
      { run_id: "r1", workflow_name: "W", state: "idle", running_steps: 1, checkpoints: 1 },
      { run_id: "r2", workflow_name: "W", state: "idle", running_steps: 1, checkpoints: 0 },
    ]);
  });

  test.each(["workflow_step_attempts", "workflow_run_steps", "workflow_run_summary"])(
    "read only the journal of the requested run: %s",
    (view) => {
      const plan = withRaw(path(), (database) =>
        database.prepare(`EXPLAIN QUERY PLAN SELECT * FROM ${view} WHERE run_id = ?`).all("r1"),
      ) as { detail: string }[];
      const tables = plan
        .filter(({ detail }) => /^(SCAN|SEARCH) (e|run|workflow_\w+)\b/.test(detail))
        .map(({ detail }) => detail);
      expect(tables.length).toBeGreaterThan(1);
      expect(tables.filter((detail) => !detail.includes("run_id=?"))).toEqual([]);
    },
  );

  test("take time proportional to the steps of a batch", () => {
    const time = (steps: number): number => {
      const ids = Array.from({ length: steps }, (_, index) => [`s${index}`, 1] as const);
      write(storage, "r1", [start(...ids)]);
      const times = [1, 2, 3].map(() => {
        const begun = performance.now();
        expect(storage.listAttempts("r1", "s0").length).toBeGreaterThan(0);
        return performance.now() - begun;
      });
      return Math.min(...times);
    };
    // Quadratic time would be a factor of 400.
    const [small, large] = [time(1000), time(20_000)];
    expect(large / small).toBeLessThan(120);
  });
});
