import { describe, expect, test } from "vitest";
import {
  type Agent,
  openSqliteStorage,
  type StoragePort,
  WorkflowEngine,
} from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { type Bench, bench, workflow } from "../support/workflows.js";

/** A run that its engine released with steps in flight. */
async function left(
  storage: StoragePort,
  steps: Parameters<typeof workflow>[0],
  script: Parameters<typeof bench>[0],
): Promise<string> {
  const first = await bench(script, { storage });
  const run = await first.engine.start(workflow(steps));
  run.ending.catch(() => undefined);
  await first.clock.settle();
  await first.engine.close();
  return run.id;
}

/**
 * An engine whose agents take 500 ms to reclaim orphans and a second for a step, and a log of their
 * actions.
 */
async function slowToReclaim(
  storage: StoragePort,
  reclaim?: (key: string) => Promise<void>,
): Promise<Omit<Bench, "agent"> & { log: string[] }> {
  const clock = new SimulatedClock(1_700_000_100_000);
  const log: string[] = [];
  const agent: Agent = {
    execute: ({ stepId, attemptNumber, signal }) =>
      new Promise((resolve, reject) => {
        log.push(`begin ${stepId}#${attemptNumber}`);
        const cancel = clock.setTimer(1000, () => resolve(attemptNumber));
        signal.addEventListener("abort", () => {
          cancel();
          log.push(`aborted ${stepId}#${attemptNumber}`);
          reject(signal.reason as Error);
        });
      }),
    reclaim:
      reclaim ??
      ((key) =>
        new Promise((resolve) => {
          clock.setTimer(500, () => {
            log.push(`reclaimed ${key.slice(37)}`);
            resolve();
          });
        })),
  };
  const engine = await WorkflowEngine.open({
    storage,
    ports: { clock, chance: { next: () => 0.5 } },
    agents: { "*": agent },
  });
  return { engine, clock, log, [Symbol.asyncDispose]: () => engine.close() };
}

const retried = { a: [], r: { retry: { max: 3, backoff: 50, jitter: "none" } } } as const;

describe("a run that cannot be resumed", () => {
  test("is released, so that a later attempt succeeds in this or another engine", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const runId = await left(storage, { a: [] }, { a: { hangs: true } });
    let outlives = true;
    await using b = await slowToReclaim(storage, async () => {
      if (outlives) throw new Error("it outlives KILL");
    });
    await expect(b.engine.resume(runId)).rejects.toThrow("it outlives KILL");
    expect([b.engine.getStats().active, storage.getRun(runId)?.owner]).toEqual([0, undefined]);
    outlives = false;
    const run = await b.engine.resume(runId);
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
  });

  test("does not stop a recovery from resuming the runs after it", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const culprit = await left(storage, { a: [] }, { a: { hangs: true } });
    const suspect = await left(storage, { b: [] }, { b: { hangs: true } });
    storage.recordFailedRecovery(suspect, 1, "once");
    await using b = await slowToReclaim(storage, async (key) => {
      if (key.includes("/a/")) throw new Error("it outlives KILL");
    });
    const { problems, suspects } = await b.engine.recover();
    expect([problems.map(({ message }) => message), suspects]).toEqual([
      [expect.stringMatching(/could not end what .* of step `a` left .*: it outlives KILL\.$/)],
      [suspect],
    ]);
    expect([
      culprit,
      (await b.clock.advanceUntil(b.engine.waitForCompletion(suspect))).status,
    ]).toEqual([culprit, "completed"]);
  });

  test("is released if the checkpoint to restore is damaged", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const first = await bench({ a: { hangs: true } }, { storage });
    const run = await first.engine.start(workflow({ a: [] }));
    run.ending.catch(() => undefined);
    const checkpointId = await run.checkpoint("here");
    await first.engine.close();
    const damaged = new Proxy(storage, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (name === "getCheckpoint")
          return (id: string) => ({ ...target.getCheckpoint(id), completedCount: 77 });
        return typeof member === "function" ? (member.bind(target) as unknown) : member;
      },
    });
    await using b = await bench({}, { storage: damaged });
    await expect(b.engine.resume(checkpointId)).rejects.toMatchObject({
      code: "checkpoint_damaged",
    });
    expect((await (await b.engine.resume(run.id)).ending).status).toBe("completed");
  });
});

describe("while the orphans of a run are being reclaimed", () => {
  test("a second resume waits, and no attempt starts twice", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const first = await bench({ a: { hangs: true }, b: { result: 1, afterMs: 10 } }, { storage });
    const run = await first.engine.start(workflow({ a: [], b: [], c: ["b"] }));
    run.ending.catch(() => undefined);
    await run.pause();
    await first.clock.advance(20);
    await first.engine.close();
    await using b = await slowToReclaim(storage);
    const both = Promise.allSettled([b.engine.resume(run.id), b.engine.resume(run.id)]);
    const [resumed, again] = await b.clock.advanceUntil(both);
    expect([resumed.status, again]).toEqual([
      "fulfilled",
      {
        status: "rejected",
        reason: expect.objectContaining({ code: "run_not_resumable" }) as unknown,
      },
    ]);
    await b.engine.cancel(run.id);
    await b.clock.settle();
    expect(b.log.toSorted()).toEqual([
      "aborted a#2",
      "aborted c#1",
      "begin a#2",
      "begin c#1",
      "reclaimed a/1",
    ]);
  });

  test("a checkpoint waits, and a retry that is due starts once", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const runId = await left(storage, retried, { a: { hangs: true }, r: { error: "once" } });
    await using b = await slowToReclaim(storage);
    const resumed = b.engine.resume(runId);
    await b.clock.advance(10);
    const checkpointId = await b.clock.advanceUntil(b.engine.checkpoint(runId));
    const run = await b.clock.advanceUntil(resumed);
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("completed");
    expect([storage.getCheckpoint(checkpointId)?.kind, b.log.toSorted()]).toEqual([
      "manual",
      ["begin a#2", "begin r#2", "reclaimed a/1"],
    ]);
  });

  test("a pause waits, and then takes effect", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const runId = await left(storage, { a: [], b: ["a"] }, { a: { hangs: true } });
    await using b = await slowToReclaim(storage);
    const resumed = b.engine.resume(runId);
    await b.clock.advance(10);
    await b.clock.advanceUntil(b.engine.pause(runId));
    const run = await resumed;
    expect((await b.clock.advanceUntil(run.ending)).status).toBe("paused");
    expect(b.log).toEqual(["reclaimed a/1", "begin a#2"]);
  });

  test("every timer is cancelled when the engine closes", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const hours = {
      a: [],
      r: { retry: { max: 3, backoff: "1h", maxBackoff: "1h", jitter: "none" } },
    } as const;
    const runId = await left(storage, hours, { a: { hangs: true }, r: { error: "once" } });
    const b = await slowToReclaim(storage);
    const refused = expect(b.engine.resume(runId)).rejects.toMatchObject({ code: "engine_closed" });
    await b.clock.advance(10);
    await b.engine.close();
    await b.clock.advance(1000);
    await refused;
    expect(b.clock.timerCount).toBe(0);
  });
});

describe("a command for a run that no engine owns", () => {
  test("runs before a concurrent resume", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const runId = await left(storage, { a: [] }, { a: { hangs: true } });
    await using b = await bench({}, { storage });
    const [checkpointId, run] = await Promise.all([
      b.engine.checkpoint(runId),
      b.engine.resume(runId),
    ]);
    expect([storage.getCheckpoint(checkpointId)?.runId, (await run.ending).status]).toEqual([
      runId,
      "completed",
    ]);
  });

  test("reclaims the orphans if it cancels the run", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const runId = await left(storage, { a: [] }, { a: { hangs: true } });
    await using b = await slowToReclaim(storage);
    await b.clock.advanceUntil(b.engine.cancel(runId));
    expect([storage.getRun(runId)?.status, b.log]).toEqual(["cancelled", ["reclaimed a/1"]]);
  });
});

describe("an agent that cannot end what an attempt left running", () => {
  const unable = async (storage: StoragePort): ReturnType<typeof slowToReclaim> =>
    slowToReclaim(storage, () => {
      throw { message: "no permission" };
    });
  const says = {
    code: "invalid_argument",
    message:
      "The agent `worker` could not end what attempt 1 of step `a` left running: no permission.",
  };

  test("refuses a resume, after which the run can be resumed with another agent", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const runId = await left(storage, { a: [] }, { a: { hangs: true } });
    const b = await unable(storage);
    await expect(b.clock.advanceUntil(b.engine.resume(runId))).rejects.toMatchObject(says);
    await b.engine.close();
    await using c = await slowToReclaim(storage);
    const run = await c.clock.advanceUntil(c.engine.resume(runId));
    expect((await c.clock.advanceUntil(run.ending)).status).toBe("completed");
  });

  test("is reported by a cancel, which takes effect", async () => {
    const storage = openSqliteStorage({ path: ":memory:" });
    const runId = await left(storage, { a: [] }, { a: { hangs: true } });
    await using b = await unable(storage);
    await expect(b.clock.advanceUntil(b.engine.cancel(runId))).rejects.toMatchObject(says);
    expect(storage.getRun(runId)?.status).toBe("cancelled");
  });
});
