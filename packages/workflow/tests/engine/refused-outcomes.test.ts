import { describe, expect, test } from "vitest";
import {
  type AgentFunction,
  openSqliteStorage,
  type StoragePort,
  WorkflowEngine,
  WorkflowError,
} from "../../src/index.js";
import { SimulatedClock } from "../../src/testing/index.js";
import { workflow } from "../support/workflows.js";

const nested = (levels: number): unknown => {
  let value: unknown = [];
  for (let level = 1; level < levels; level += 1) value = [value];
  return value;
};

/** A storage that calls `check` with the text of each commit, which may throw. */
function checked(check: (commit: string) => void): StoragePort {
  return new Proxy(openSqliteStorage({ path: ":memory:" }), {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...given: unknown[]) => {
        if (name === "commit") check(JSON.stringify(given));
        return Reflect.apply(member, target, given) as unknown;
      };
    },
  });
}

const refuse = (): never => {
  throw new WorkflowError("internal", "The database refused an invalid row.");
};

async function withStorage(storage: StoragePort, agent: AgentFunction) {
  const clock = new SimulatedClock();
  const engine = await WorkflowEngine.open({ storage, ports: { clock }, agents: { "*": agent } });
  return { engine, clock, [Symbol.asyncDispose]: () => engine.close() };
}

describe("an outcome that the database refuses", () => {
  test("fails its step, and all other outcomes of the turn are recorded once", async () => {
    const calls: string[] = [];
    const storage = checked((commit) => void (commit.includes("poison") && refuse()));
    await using b = await withStorage(storage, ({ stepId }) => {
      calls.push(stepId);
      return stepId === "b" ? "poison" : stepId;
    });
    const steps = { a: [], b: { retries: 3 }, c: [], d: { dependencies: ["a", "c"] } };
    const runs = await Promise.all([
      b.engine.start(workflow(steps)),
      b.engine.start(workflow({ other: [] })),
    ]);
    const endings = await Promise.all(runs.map((run) => run.ending));
    expect({
      endings: endings.map(({ status, error, results }) => ({ status, error, results })),
      calls: calls.toSorted(),
    }).toEqual({
      endings: [
        {
          status: "failed",
          error:
            "step `b` failed: its outcome cannot be recorded: The database refused an invalid row.",
          results: { a: "a", c: "c", d: "d" },
        },
        { status: "completed", error: undefined, results: { other: "other" } },
      ],
      calls: ["a", "b", "c", "d", "other"],
    });
  });

  test("fails its step alone with continueOnError, and the journal can be verified", async () => {
    const storage = checked((commit) => void (commit.includes("poison") && refuse()));
    await using b = await withStorage(storage, ({ stepId }) =>
      stepId === "b" ? "poison" : stepId,
    );
    const steps = { a: [], b: { continueOnError: true }, c: { dependencies: ["a", "b"] } };
    const run = await b.engine.start(workflow(steps));
    expect(await run.ending).toMatchObject({
      status: "completed",
      results: { a: "a", c: "c" },
      metrics: { attempts: 3 },
    });
    const entries = [...b.engine.storage.readJournal(run.id)];
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  });

  test("fails its step if the value reads differently when it is written", async () => {
    let reads = 0;
    const unstable = {
      get part() {
        reads += 1;
        return reads === 1 ? 1 : nested(1500);
      },
    };
    await using b = await withStorage(openSqliteStorage({ path: ":memory:" }), ({ stepId }) =>
      stepId === "b" ? unstable : stepId,
    );
    const steps = { a: [], b: { continueOnError: true }, c: { dependencies: ["a", "b"] } };
    const { status, results } = await (await b.engine.start(workflow(steps))).ending;
    expect({ status, results }).toEqual({ status: "completed", results: { a: "a", c: "c" } });
  });

  test("is recorded if the database accepts it at the next try", async () => {
    let refusals = 0;
    const storage = checked((commit) => {
      if (commit.includes("precious") && (refusals += 1) === 1) refuse();
    });
    await using b = await withStorage(storage, () => "precious");
    const { status, results, metrics } = await (await b.engine.start(workflow({ a: [] }))).ending;
    expect([status, results, metrics.attempts]).toEqual(["completed", { a: "precious" }, 1]);
  });

  test("does not lose a command of the same turn", async () => {
    const storage = checked((commit) => void (commit.includes("poison") && refuse()));
    const { promise, resolve } = Promise.withResolvers<string>();
    await using b = await withStorage(storage, ({ stepId }) => (stepId === "a" ? promise : stepId));
    const run = await b.engine.start(
      workflow({ a: { continueOnError: true }, b: { dependencies: ["a"] } }),
    );
    await b.clock.settle();
    resolve("poison");
    const paused = run.pause();
    await b.clock.settle();
    await paused;
    const { status, results } = await run.ending;
    expect({ status, results }).toEqual({ status: "paused", results: {} });
    const resumed = await b.engine.resume(run.id);
    expect(await resumed.ending).toMatchObject({ status: "completed", results: { b: "b" } });
  });

  test("ends the run with an error if its failure is refused too", async () => {
    const storage = checked((commit) => void (/step_(completed|failed)/.test(commit) && refuse()));
    await using b = await withStorage(storage, ({ stepId }) => stepId);
    const run = await b.engine.start(workflow({ a: [], b: [] }));
    await expect(run.ending).rejects.toMatchObject({ code: "internal" });
    expect(b.engine.getStats().active).toBe(0);
  });

  test("rejects a checkpoint that was requested in the same turn", async () => {
    const storage = checked((commit) => void (commit.includes("poison") && refuse()));
    const { promise, resolve } = Promise.withResolvers<string>();
    await using b = await withStorage(storage, () => promise);
    const run = await b.engine.start(workflow({ a: [], b: [] }));
    await b.clock.settle();
    resolve("poison");
    await promise;
    const checkpoint = run.checkpoint("now");
    await expect(Promise.all([checkpoint, run.ending])).rejects.toMatchObject({ code: "internal" });
    expect((await run.ending).status).toBe("failed");
  });
});

describe("an attempt whose agent cannot be made", () => {
  test("fails, whatever the factory throws, and other runs finish", async () => {
    const thrown = new Proxy(new Error("no such model"), {
      getPrototypeOf() {
        throw new Error("prototype");
      },
    });
    let isBroken = false;
    const clock = new SimulatedClock();
    await using engine = await WorkflowEngine.open({
      database: ":memory:",
      ports: { clock },
      agents: {
        get first() {
          return () => 1;
        },
      },
      agentFactory: () => {
        if (isBroken) throw thrown;
        return () => 1;
      },
    });
    isBroken = false;
    const agents = { made: { command: ["true"] } };
    const steps = [{ id: "a", agentId: "made", task: "t" }];
    const run = await engine.start({ id: "w", agents, steps });
    expect((await run.ending).status).toBe("completed");
    isBroken = true;
    await expect(engine.start({ id: "v", agents, steps })).rejects.toThrow("no such model");
  });
});
