import type { StepDef } from "@automatosx/rescript-core";
import { describe, expect, test } from "vitest";
import { statesOnCycles } from "../../src/core/cycles.js";
import { compiledCore, explore, planOf, replay, shapesOf, traceOf } from "../../src/core/index.js";

describe("shapesOf", () => {
  // The numbers of unlabelled directed acyclic graphs (OEIS A003087).
  test("returns every acyclic graph once", () => {
    expect([1, 2, 3, 4].map((size) => shapesOf(size).length)).toEqual([1, 2, 6, 31]);
  });
});

describe("explore", () => {
  test("finds no broken promise in any workflow of up to three steps", () => {
    const failures = [1, 2, 3].flatMap((size) =>
      shapesOf(size).flatMap((shape) => {
        const { failure } = explore(planOf(shape));
        return failure === undefined ? [] : [traceOf(failure.setting, failure.happened)];
      }),
    );
    expect(failures).toEqual([]);
  });

  test("finds more states for parallel steps than for a chain", () => {
    const [parallel, chain] = [
      [0, 0],
      [0, 1],
    ].map((shape) => explore(planOf(shape)));
    expect(parallel?.stateCount).toBeGreaterThan(chain?.stateCount ?? Number.POSITIVE_INFINITY);
    expect(chain?.endCount).toBeGreaterThan(1);
  });

  test("finds no broken promise under other limits, step options and shell habits", () => {
    const found = [
      { policy: { concurrency: 1 } },
      { step: { parallel: false } },
      { step: { continueOnError: true, retries: 0 } },
      { policy: { checkpointEvery: 1 } },
      { habits: { deliversLate: true } },
      { habits: { commitsInGroups: true } },
    ].map((traits) => explore(planOf([0, 1], traits)).failure);
    expect(found).toEqual(found.map(() => undefined));
  });
});

describe("explore, with one step of the workflow language", () => {
  test.each<[string, Partial<StepDef>]>([
    ["a condition", { if: "false" }],
    ["a fan-out of two", { foreach: { in: ["a", "b"], as: "item", concurrency: 1 } }],
    ["a loop of two rounds", { loop: { max: 2, everyMs: 500, onMax: "fail" } }],
  ])("finds no broken promise at any step: %s", (_, fields) => {
    const explored = [0, 1].map((at) => explore(planOf([0, 1], { special: { at, fields } })));
    expect(explored.flatMap(({ failure }) => (failure === undefined ? [] : [failure]))).toEqual([]);
    expect(explored.every(({ endCount }) => endCount > 1)).toBe(true);
  });
});

describe("a failure that explore finds", () => {
  const core = {
    ...compiledCore,
    transition: (...[machine, event, at]: Parameters<typeof compiledCore.transition>) => {
      const outcome = compiledCore.transition(machine, event, at);
      if (!outcome.ok || event.type !== "cancel_workflow") return outcome;
      return { ...outcome, effects: outcome.effects.filter(({ type }) => type !== "abort_steps") };
    },
  };

  test("has a shortest path to it, and replaying that path fails again", () => {
    const { failure } = explore(planOf([0]), { core });
    expect(failure?.promise).toBe("abortsReach");
    expect(failure?.happened.map(({ kind }) => kind)).toEqual([
      "claim",
      "commit",
      "cancel",
      "commit",
    ]);
    if (failure !== undefined)
      expect(replay(failure.setting, failure.happened, { core }).failure?.promise).toBe(
        "abortsReach",
      );
  });
});

describe("a stuck run", () => {
  test("is found even though stray answers could arrive forever", () => {
    const core = { ...compiledCore, wake: () => [] };
    const { failure } = explore(planOf([0], { habits: { writesLate: false } }), {
      core,
      budget: { crashes: 0, commands: 0 },
    });
    expect(failure).toMatchObject({
      promise: "liveness",
      evidence: expect.stringContaining("stuck in executing_steps"),
    });
  });
});

describe("statesOnCycles", () => {
  test("is 0 for a diamond", () => {
    expect(statesOnCycles(4, [0, 1, 0, 2, 1, 3, 2, 3])).toBe(0);
  });

  test("counts the states on a cycle and those reachable only from a cycle", () => {
    expect(statesOnCycles(5, [0, 1, 1, 2, 2, 1, 2, 3, 0, 4])).toBe(3);
    expect(statesOnCycles(1, [0, 0])).toBe(1);
  });
});
