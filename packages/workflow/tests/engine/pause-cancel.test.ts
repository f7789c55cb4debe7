import { describe, expect, test } from "vitest";
import { openSqliteStorage, WorkflowEngine } from "../../src/index.js";
import { bench, workflow } from "../support/workflows.js";

describe("RunHandle.pause", () => {
  test("starts nothing new, records running attempts, and ends the run's handle with `paused`", async () => {
    await using b = await bench({ a: { result: "a", afterMs: 100 } });
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    await run.pause();
    const ending = await b.clock.advanceUntil(run.ending);
    expect({ status: ending.status, results: ending.results, started: b.agent.started }).toEqual({
      status: "paused",
      results: { a: "a" },
      started: ["a"],
    });
    const again = await b.engine.resume(run.id);
    expect((await b.clock.advanceUntil(again.ending)).status).toBe("completed");
    expect(b.agent.started).toEqual(["a", "b"]);
  });

  test("stops agents with `stopAgents`; resume repeats their attempts without using up a retry", async () => {
    await using b = await bench({ a: [{ hangs: true }, { result: "at last" }] });
    const run = await b.engine.start(workflow({ a: [] }));
    await run.pause({ stopAgents: true });
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("paused");
    const again = await b.engine.resume(run.id);
    const ending = await b.clock.advanceUntil(again.ending);
    expect({
      results: ending.results,
      attempts: ending.metrics.attempts,
      retries: ending.metrics.retries,
    }).toEqual({
      results: { a: "at last" },
      attempts: 2,
      retries: 0,
    });
    expect(b.agent.requests.map((request) => request.idempotencyKey)).toEqual([
      `${run.id}/a/1`,
      `${run.id}/a/2`,
    ]);
  });

  test("can be undone by `resume` while attempts are still running", async () => {
    await using b = await bench({ a: { result: 1, afterMs: 100 } });
    const run = await b.engine.start(workflow({ a: [], b: ["a"] }));
    await run.pause();
    await run.resume();
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
  });

  test("holds back retries that become due during the pause; resume starts them", async () => {
    await using b = await bench({ a: [{ error: "once" }, { result: 1 }] });
    const run = await b.engine.start(
      workflow({ a: { retry: { max: 1, backoff: 50, jitter: "none" } } }),
    );
    await b.clock.settle();
    await run.pause();
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("paused");
    await b.clock.advance(1000);
    expect(b.agent.started).toEqual(["a"]);
    const again = await b.engine.resume(run.id);
    expect((await b.clock.advanceUntil(again.ending)).results).toEqual({ a: 1 });
  });

  test("is refused with a remedy once the run has ended", async () => {
    await using b = await bench();
    const run = await b.engine.start(workflow({ a: [] }));
    await run.ending;
    await expect(run.pause()).rejects.toMatchObject({
      code: "event_refused",
      message: expect.stringContaining("`completed`"),
    });
  });
});

describe("RunHandle.cancel", () => {
  test("stops and awaits running agents, and starts nothing more", async () => {
    await using b = await bench({ a: { hangs: true }, b: { hangs: true } });
    const run = await b.engine.start(workflow({ a: [], b: [], c: ["a"] }));
    await run.cancel();
    const ending = await b.clock.advanceUntil(run.ending);
    expect({
      status: ending.status,
      aborted: b.agent.aborted.length,
      started: b.agent.started.length,
      cancelled: ending.metrics.cancelledSteps,
    }).toEqual({
      status: "cancelled",
      aborted: 2,
      started: 2,
      cancelled: 3,
    });
    expect(b.engine.getStats()).toMatchObject({
      cancelled: 1,
      running: 0,
      active: 0,
      stepsInFlight: 0,
    });
  });

  test("is permanent: the run cannot be resumed", async () => {
    await using b = await bench({ a: { hangs: true } });
    const run = await b.engine.start(workflow({ a: [] }));
    await run.cancel();
    await b.clock.advanceUntil(run.ending);
    await expect(b.engine.resume(run.id)).rejects.toMatchObject({ code: "run_not_resumable" });
  });
});

describe("WorkflowEngine.resume", () => {
  test("keeps the completed steps of a failed run and retries the rest", async () => {
    await using b = await bench({ b: [{ error: "first time" }, { result: "second time" }] });
    const run = await b.engine.start(workflow({ a: [], b: ["a"], c: ["b"] }));
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("failed");
    const again = await b.engine.resume(run.id.slice(-8));
    const ending = await b.clock.advanceUntil(again.ending);
    expect({ status: ending.status, started: b.agent.started }).toEqual({
      status: "completed",
      started: ["a", "b", "b", "c"],
    });
  });

  test("refuses a run that does not exist, and one that is completed", async () => {
    await using b = await bench();
    await expect(b.engine.resume("nowhere")).rejects.toMatchObject({ code: "run_not_found" });
    const run = await b.engine.start(workflow({ a: [] }));
    await run.ending;
    await expect(b.engine.resume(run.id)).rejects.toMatchObject({
      code: "run_not_resumable",
      message: expect.stringContaining("completed"),
    });
  });
});

describe("a checkpoint of a run that no engine owns", () => {
  test("does not call an agent, even for a retry that is due; a later resume does", async () => {
    await using storages = new AsyncDisposableStack();
    const storage = openSqliteStorage({ path: ":memory:" });
    storages.defer(() => storage.close());
    const runId = await (async () => {
      await using first = await bench({ a: { error: "once" } }, { storage });
      const run = await first.engine.start(
        workflow({ a: { retry: { max: 1, backoff: 50, jitter: "none" } } }),
      );
      await first.clock.settle();
      run.ending.catch(() => undefined);
      return run.id;
    })();
    await using second = await bench({ a: { result: "at last" } }, { storage });
    await second.clock.advance(1_000);
    await second.engine.checkpoint(runId);
    await second.clock.settle();
    expect(second.agent.started).toEqual([]);
    const again = await second.engine.resume(runId);
    const { status, results, metrics } = await second.clock.advanceUntil(again.ending);
    expect({ status, results, checkpoints: metrics.checkpoints }).toEqual({
      status: "completed",
      results: { a: "at last" },
      checkpoints: 1,
    });
  });
});

describe("pause with stopAgents", () => {
  test("keeps a step from starting in the same turn, until the run is resumed", async () => {
    const started: string[] = [];
    const answer = Promise.withResolvers<number>();
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      agents: {
        "*": ({ stepId, attemptNumber }) => {
          started.push(`${stepId}#${attemptNumber}`);
          return stepId === "a" ? answer.promise : 2;
        },
      },
    });
    const run = await engine.start(workflow({ a: [], b: ["a"] }));
    answer.resolve(1);
    // After the machine has the result, but before the turn is written.
    while (run.metrics().completedSteps === 0) await Promise.resolve();
    await run.pause({ stopAgents: true });
    expect([(await run.ending).status, started]).toEqual(["paused", ["a#1"]]);
    const ending = await (await engine.resume(run.id)).ending;
    expect([ending.results, ending.metrics.retries, started]).toEqual([
      { a: 1, b: 2 },
      0,
      ["a#1", "b#2"],
    ]);
  });
});

describe("a command whose sender is gone", () => {
  test("is not performed by the engine that claims the run later", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const first = await bench({ a: { hangs: true } }, { storage });
    const run = await first.engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    await first.clock.settle();
    const commandId = storage.sendCommand({
      runId: run.id,
      verb: "cancel",
      argument: "{}",
      sentAt: first.clock.now(),
    });
    await first.engine.close();
    await using second = await bench({ a: { result: 1, afterMs: 5000 } }, { storage });
    const again = await second.engine.resume(run.id);
    expect([
      (await second.clock.advanceUntil(again.ending)).status,
      storage.commandAnswer(commandId),
    ]).toEqual(["completed", expect.stringContaining("another engine claimed the run")]);
  });
});
