import { describe, expect, test } from "vitest";
import { openSqliteStorage, type StoragePort, WorkflowError } from "../../src/index.js";
import { bench, workflow } from "../support/workflows.js";

/** An in-memory storage whose disk the test can fill and empty. */
function fullable(): {
  storage: StoragePort & { close(): void };
  /** With `hasSomeRoom`, only outcomes no longer fit. */
  disk: { isFull: boolean; hasSomeRoom: boolean };
} {
  const disk = { isFull: false, hasSomeRoom: false };
  const writes = new Set<PropertyKey>([
    "commit",
    "saveWorkflow",
    "acquireLease",
    "releaseLease",
    "renewLeases",
  ]);
  const storage = new Proxy(openSqliteStorage({ path: ":memory:" }), {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        const fits = disk.hasSomeRoom && !JSON.stringify(args).includes("step_completed");
        if (disk.isFull && writes.has(name) && !fits)
          throw new WorkflowError("database_full", "The disk is full.");
        return member.apply(target, args) as unknown;
      };
    },
  });
  return { storage, disk };
}

describe("an engine whose disk is full", () => {
  test("claims a run that it cannot record less and less often, and says why once", async () => {
    const { storage, disk } = fullable();
    disk.hasSomeRoom = true;
    await using b = await bench({ a: { result: "a", afterMs: 10 } }, { storage });
    await b.engine.enqueue(workflow({ a: [] }), { runId: "r" });
    const seen: string[] = [];
    disk.isFull = true;
    b.engine.work({
      slots: 1,
      onRun: (_run, what, status) => void seen.push(`${what} ${status ?? ""}`),
      onProblem: ({ code }) => void seen.push(code),
    });
    await b.clock.advance(10_000);
    const claims = seen.filter((line) => line.startsWith("claimed")).length;
    expect(claims).toBeGreaterThan(1);
    expect(claims).toBeLessThan(8);
    expect(new Set(seen)).toEqual(new Set(["claimed ", "database_full", "left "]));
    expect(seen.filter((line) => line === "database_full")).toHaveLength(1);
    disk.isFull = false;
    await b.clock.advance(60_000);
    expect(seen.at(-1)).toBe("left completed");
  });

  test("pauses the run at its last commit; a resume continues once there is space", async () => {
    const { storage, disk } = fullable();
    await using b = await bench(
      { b: { result: "b", afterMs: 100 }, c: [{ hangs: true }, { result: "c" }] },
      { storage },
    );
    const run = await b.engine.start(workflow({ a: [], b: ["a"], c: ["a"], d: ["b", "c"] }));
    await b.clock.advance(50);
    disk.isFull = true;
    const ending = await b.clock.advanceUntil(run.ending);
    expect({ ...ending, metrics: ending.metrics.completedSteps }).toEqual({
      runId: run.id,
      status: "paused",
      results: { a: { stepId: "a", attemptNumber: 1 } },
      metrics: 1,
      error: "The disk is full.",
      errorCode: "database_full",
    });
    expect({
      aborted: b.agent.aborted,
      steps: run.steps().map(({ status }) => status),
      active: b.engine.getStats().active,
    }).toEqual({
      aborted: [`${run.id}/c/1`],
      steps: ["completed", "running", "running", "pending"],
      active: 0,
    });
    await expect(b.engine.resume(run.id)).rejects.toMatchObject({ code: "database_full" });

    disk.isFull = false;
    const again = await b.engine.resume(run.id);
    const { status, results } = await b.clock.advanceUntil(again.ending);
    expect({ status, b: results["b"], c: results["c"], calls: b.agent.started }).toEqual({
      status: "completed",
      b: "b",
      c: "c",
      calls: ["a", "b", "c", "b", "c", "d"],
    });
  });

  test("stops writing the run while its agents are stopping", async () => {
    const { storage, disk } = fullable();
    await using b = await bench(
      { a: [{ hangs: true, ignoresSignal: true }, { result: "a" }] },
      { storage, abandonAfterMs: 1000 },
    );
    const run = await b.engine.start(workflow({ a: [] }));
    await b.clock.advance(50);
    await b.clock.advanceUntil(run.pause());
    await b.clock.advance(50);
    disk.isFull = true;
    await expect(b.clock.advanceUntil(run.resume())).rejects.toMatchObject({
      code: "database_full",
    });
    disk.isFull = false;
    const stored = storage.getRun(run.id);
    await b.clock.advanceUntil(run.pause());
    await expect(run.checkpoint("now")).rejects.toMatchObject({ code: "event_refused" });
    await b.clock.advance(50);
    expect(storage.getRun(run.id)).toEqual(stored);

    expect(await b.clock.advanceUntil(run.ending)).toMatchObject({
      status: "paused",
      errorCode: "database_full",
    });
    const again = await b.engine.resume(run.id);
    expect(await b.clock.advanceUntil(again.ending)).toMatchObject({
      status: "completed",
      results: { a: "a" },
    });
  });

  test("releases the run once a write succeeds, or when the engine closes", async () => {
    const { storage, disk } = fullable();
    const b = await bench({ b: { result: "b", afterMs: 100 } }, { storage });
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    await b.clock.advance(50);
    disk.isFull = true;
    await b.clock.advanceUntil(run.ending);
    expect(storage.getRun(run.id)?.owner).toBeDefined();
    disk.isFull = false;
    await b.engine.close();
    expect(storage.getRun(run.id)?.owner).toBeUndefined();
    storage.close();
  });

  test("rejects the outcome if another engine has taken over the run", async () => {
    const { storage, disk } = fullable();
    await using b = await bench({ b: { result: "b", afterMs: 100 } }, { storage });
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    await b.clock.advance(50);
    const { leaseUntil = 0 } = storage.getRun(run.id) ?? {};
    const other = { ownerId: "other", host: "elsewhere", pid: 1, processStart: "" };
    storage.acquireLease({
      runId: run.id,
      owner: other,
      now: leaseUntil + 1,
      leaseUntil: leaseUntil + 2,
      isDead: () => true,
    });
    disk.isFull = true;
    await expect(b.clock.advanceUntil(run.ending)).rejects.toMatchObject({ code: "lease_lost" });
    disk.isFull = false;
  });

  test("does not start a step if the run itself cannot be stored", async () => {
    const { storage, disk } = fullable();
    await using b = await bench({}, { storage });
    disk.isFull = true;
    await expect(b.engine.start(workflow({ a: [] }))).rejects.toMatchObject({
      code: "database_full",
    });
    expect({ calls: b.agent.started, runs: storage.listRuns({}) }).toEqual({ calls: [], runs: [] });
  });
});
