import { describe, expect, test } from "vitest";
import {
  type AgentFunction,
  openSqliteStorage,
  type StoragePort,
  WorkflowEngine,
  WorkflowError,
} from "../../src/index.js";
import { ScriptedAgent, SimulatedClock } from "../../src/testing/index.js";
import { workflow } from "../support/workflows.js";

/**
 * Wraps the storage so that `before` is called with the text of each commit and may throw. One
 * method is always busy.
 */
function watched(
  storage: StoragePort,
  before: (commit: string) => void,
  busy?: keyof StoragePort,
): StoragePort {
  return new Proxy(storage, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        if (name === "commit") before(JSON.stringify(given));
        if (name === busy) throw new WorkflowError("database_busy", "The database is busy.");
        return Reflect.apply(member, target, given) as unknown;
      };
    },
  });
}

describe("a run that was dropped when its storage failed", () => {
  test("can be claimed once its lease has expired, even though its engine is still running", async () => {
    const clock = new SimulatedClock();
    const storage = openSqliteStorage({ path: ":memory:" });
    const agent = new ScriptedAgent({ endless: { hangs: true } }, clock);
    const options = { agents: { "*": agent }, ports: { clock }, abandonAfterMs: 0 };
    let isGone = true;
    const failing = watched(storage, (commit) => {
      if (isGone && commit.includes(`"step_completed","stepId":"short"`))
        throw new WorkflowError("database_unusable", "The disk is gone.");
    });
    const first = await WorkflowEngine.open({ ...options, storage: failing });
    const [dropped] = await Promise.all([
      clock.advanceUntil(first.start(workflow({ short: [] }))),
      first.start(workflow({ endless: { timeout: "10m" } })),
    ]);
    await expect(clock.advanceUntil(dropped.ending)).rejects.toMatchObject({
      code: "database_unusable",
    });
    isGone = false;

    await clock.advance(31_000);
    const second = await WorkflowEngine.open({ ...options, storage });
    const run = await clock.advanceUntil(second.resume(dropped.id));
    await expect(clock.advanceUntil(run.ending)).resolves.toMatchObject({ status: "completed" });
    await Promise.all([clock.advanceUntil(first.close()), clock.advanceUntil(second.close())]);
    storage.close();
  });
});

describe("a run that is resumed by the engine that dropped it", () => {
  test("repeats no step before the agents of the earlier attempts have stopped", async () => {
    const clock = new SimulatedClock();
    const storage = openSqliteStorage({ path: ":memory:" });
    const told: string[] = [];
    const agent: AgentFunction = ({ attemptNumber, signal }) => {
      told.push(`begins ${attemptNumber}`);
      if (attemptNumber === 2) return "done";
      const { promise, resolve } = Promise.withResolvers<string>();
      signal.addEventListener("abort", () =>
        clock.setTimer(500, () => {
          told.push(`stops ${attemptNumber}`);
          resolve("stopped");
        }),
      );
      return promise;
    };
    const full = watched(storage, (commit) => {
      if (commit.includes("pause_workflow"))
        throw new WorkflowError("database_full", "The disk is full.");
    });
    await using engine = await WorkflowEngine.open({
      storage: full,
      agents: { "*": agent },
      ports: { clock },
    });
    const dropped = await engine.start(workflow({ only: [] }));
    await expect(dropped.pause()).rejects.toMatchObject({ code: "database_full" });
    const run = await clock.advanceUntil(engine.resume(dropped.id));
    await expect(clock.advanceUntil(run.ending)).resolves.toMatchObject({
      status: "completed",
      results: { only: "done" },
    });
    expect(told).toEqual(["begins 1", "stops 1", "begins 2"]);
  });
});

describe("a turn that finds the database busy", () => {
  test("keeps the run open until a delayed commit succeeds", async () => {
    const clock = new SimulatedClock();
    const storage = openSqliteStorage({ path: ":memory:" });
    const { promise, resolve } = Promise.withResolvers<string>();
    let hasEnded = false;
    const seen: boolean[] = [];
    const busyOnce = watched(storage, (commit) => {
      if (!commit.includes("cancel_workflow")) return;
      seen.push(hasEnded);
      if (seen.length > 1) return;
      resolve("done");
      throw new WorkflowError("database_busy", "The database is busy.");
    });
    await using engine = await WorkflowEngine.open({
      storage: busyOnce,
      agents: { "*": () => promise },
      ports: { clock },
    });
    const run = await engine.start(workflow({ only: [] }));
    void (async () => {
      await run.ending;
      hasEnded = true;
    })();
    await run.cancel();
    await expect(run.ending).resolves.toMatchObject({ status: "cancelled" });
    expect({ seen, status: storage.getRun(run.id)?.status }).toEqual({
      seen: [false, false],
      status: "cancelled",
    });
  });

  test("acknowledges a later command only after the next turn is written", async () => {
    const clock = new SimulatedClock();
    const storage = openSqliteStorage({ path: ":memory:" });
    const agent = new ScriptedAgent({ long: { hangs: true } }, clock);
    let checkpointed: Promise<boolean> | undefined;
    const busyOnce = watched(storage, (commit) => {
      if (!commit.includes(`"step_completed","stepId":"short"`) || checkpointed !== undefined)
        return;
      // Sent while the turn is waiting, to check that the checkpoint is on disk when the answer
      // arrives.
      checkpointed = run
        .checkpoint("held-up")
        .then((id) => storage.getCheckpoint(id) !== undefined);
      throw new WorkflowError("database_busy", "The database is busy.");
    });
    await using engine = await WorkflowEngine.open({
      storage: busyOnce,
      agents: { "*": agent },
      ports: { clock },
    });
    const run = await engine.start(workflow({ short: [], long: [] }));
    await clock.settle();
    await clock.settle();
    await expect(checkpointed).resolves.toBe(true);
  });
});

describe("closing an engine whose storage fails", () => {
  /** An agent that returns 500 ms after it is stopped. */
  const slowToStop = (clock: SimulatedClock, stopped: string[]): AgentFunction => {
    return ({ stepId, signal }) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () =>
          clock.setTimer(500, () => {
            stopped.push(stepId);
            resolve("stopped");
          }),
        );
      });
  };

  test("awaits the agents of a run that it could not write", async () => {
    const clock = new SimulatedClock();
    const storage = openSqliteStorage({ path: ":memory:" });
    const stopped: string[] = [];
    const full = watched(storage, (commit) => {
      if (commit.includes("pause_workflow"))
        throw new WorkflowError("database_full", "The disk is full.");
    });
    const engine = await WorkflowEngine.open({
      storage: full,
      agents: { "*": slowToStop(clock, stopped) },
      ports: { clock },
    });
    const run = await engine.start(workflow({ only: [] }));
    await expect(run.pause()).rejects.toMatchObject({ code: "database_full" });
    await clock.advanceUntil(engine.close());
    expect({ stopped, timers: clock.timerCount }).toEqual({ stopped: ["only"], timers: 0 });
  });

  test("awaits every agent and cancels every timer, although a lease is still held", async () => {
    const clock = new SimulatedClock();
    const storage = openSqliteStorage({ path: ":memory:" });
    const stopped: string[] = [];
    const busy = watched(storage, () => undefined, "releaseLease");
    const engine = await WorkflowEngine.open({
      storage: busy,
      agents: { "*": slowToStop(clock, stopped) },
      ports: { clock },
    });
    await Promise.all([engine.start(workflow({ one: [] })), engine.start(workflow({ other: [] }))]);
    await clock.advanceUntil(engine.close());
    expect({ stopped, timers: clock.timerCount }).toEqual({ stopped: ["one", "other"], timers: 0 });
  });
});
