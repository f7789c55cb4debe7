import { describe, expect, test, vi } from "vitest";
import * as own from "../../src/index.js";

// A second copy of the package, as a bundler or a nested node_modules loads it.
async function secondCopy(): Promise<typeof own> {
  vi.resetModules();
  return import("../../src/index.js");
}

const hostile = new Proxy(new Error("x"), {
  get() {
    throw new Error("get");
  },
  getPrototypeOf() {
    throw new Error("prototype");
  },
});

describe("an error of a second copy of this package", () => {
  test("is an instance of the class of this copy", async () => {
    const copy = await secondCopy();
    const errors = [
      new copy.AgentError("no", { retryable: false }),
      new (class Unpaid extends copy.AgentError {
        override readonly name = "Unpaid";
      })("no"),
      new copy.WorkflowError("internal", "no"),
    ];
    expect([
      copy.AgentError === own.AgentError,
      errors.map((error) => error instanceof own.AgentError),
      errors.map((error) => error instanceof own.WorkflowError),
    ]).toEqual([false, [true, true, false], [false, false, true]]);
  });

  test("does not prevent a workflow that the other copy prepared from being started", async () => {
    const copy = await secondCopy();
    const prepared = copy.prepareWorkflow({
      id: "w",
      steps: [{ id: "a", agentId: "x", task: "t" }],
    });
    await using engine = await own.WorkflowEngine.open({
      database: ":memory:",
      agents: { x: () => 1 },
    });
    expect((await (await engine.start(prepared)).ending).results).toEqual({ a: 1 });
  });

  test("fails the step at its first attempt if it is not retryable", async () => {
    const copy = await secondCopy();
    class Unmarked extends Error {
      override readonly name = "AgentError";
      readonly retryable = false;
    }
    await using engine = await own.WorkflowEngine.open({
      database: ":memory:",
      agents: {
        copy: () => {
          throw new copy.AgentError("no", { retryable: false });
        },
        unmarked: () => {
          throw new Unmarked("no");
        },
      },
    });
    const attempts = await Promise.all(
      ["copy", "unmarked"].map(async (agentId) => {
        const steps = [{ id: "a", agentId, task: "t", retries: 3, retry: { backoff: 1 } }];
        return (await (await engine.start({ id: "w", steps })).ending).metrics.attempts;
      }),
    );
    expect(attempts).toEqual([1, 1]);
  });
});

describe("instanceof of an error class", () => {
  test("is false for other values, and does not throw for a hostile one", () => {
    const values = [hostile, null, undefined, "AgentError", new Error("x"), { name: "AgentError" }];
    expect([
      values.map((value) => value instanceof own.AgentError),
      values.map((value) => value instanceof own.WorkflowError),
    ]).toEqual([Array(6).fill(false), Array(6).fill(false)]);
  });

  test("is true in a subclass only for its own instances", () => {
    class Unpaid extends own.AgentError {}
    expect([
      new Unpaid("x") instanceof Unpaid,
      new Unpaid("x") instanceof own.AgentError,
      new own.AgentError("x") instanceof Unpaid,
    ]).toEqual([true, true, false]);
  });
});
