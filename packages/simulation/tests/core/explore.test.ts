import { describe, expect, test } from "vitest";
import { statesOnCircles } from "../../src/core/circles.js";
import { compiledCore, explore, planOf, replay, shapesOf, traceOf } from "../../src/core/index.js";

describe("shapes", () => {
  // The numbers of unlabelled directed acyclic graphs: OEIS A003087.
  test("are every graph without a cycle, each once", () => {
    expect([1, 2, 3, 4].map((size) => shapesOf(size).length)).toEqual([1, 2, 6, 31]);
  });
});

describe("every interleaving", () => {
  test("of every workflow of up to three steps keeps every promise, with one crash, one failure and one command", () => {
    const failures = [1, 2, 3].flatMap((size) =>
      shapesOf(size).flatMap((shape) => {
        const { failure } = explore(planOf(shape));
        return failure === undefined ? [] : [traceOf(failure.setting, failure.happened)];
      }),
    );
    expect(failures).toEqual([]);
  });

  test("is more for steps side by side than for steps in a row", () => {
    const [beside, inARow] = [
      [0, 0],
      [0, 1],
    ].map((shape) => explore(planOf(shape)));
    expect(beside?.stateCount).toBeGreaterThan(inARow?.stateCount ?? Number.POSITIVE_INFINITY);
    expect(inARow?.endCount).toBeGreaterThan(1);
  });

  test("holds with limits, a serial lane, continueOnError, checkpoints, late tells and group commits", () => {
    const found = [
      { policy: { concurrency: 1 } },
      { step: { parallel: false } },
      { step: { continueOnError: true, retries: 0 } },
      { policy: { checkpointEvery: 1 } },
      { habits: { tellsLate: true } },
      { habits: { commitsInGroups: true } },
    ].map((traits) => explore(planOf([0, 1], traits)).failure);
    expect(found).toEqual(found.map(() => undefined));
  });
});

describe("a failure that is explored", () => {
  const core = {
    ...compiledCore,
    transition: (...[machine, event, at]: Parameters<typeof compiledCore.transition>) => {
      const outcome = compiledCore.transition(machine, event, at);
      if (!outcome.ok || event.type !== "cancel_workflow") return outcome;
      return { ...outcome, effects: outcome.effects.filter(({ type }) => type !== "abort_steps") };
    },
  };

  test("comes with a shortest way to it, which fails again when it is told again", () => {
    const { failure } = explore(planOf([0]), { core });
    expect(failure?.promise).toBe("abortsReach");
    expect(failure?.happened.map(({ kind }) => kind)).toEqual([
      "boot",
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

describe("a run that stands still", () => {
  test("is found, although strays could go on arriving for ever", () => {
    const core = { ...compiledCore, wake: () => [] };
    const { failure } = explore(planOf([0], { habits: { writesLate: false } }), {
      core,
      budget: { crashes: 0, commands: 0 },
    });
    expect(failure).toMatchObject({
      promise: "liveness",
      seen: expect.stringContaining("stands still in executing_steps"),
    });
  });
});

describe("states that go round in circles", () => {
  test("are none in a tree and in a diamond", () => {
    expect(statesOnCircles(4, [0, 1, 0, 2, 1, 3, 2, 3])).toBe(0);
  });

  test("are counted with what only they lead to", () => {
    expect(statesOnCircles(5, [0, 1, 1, 2, 2, 1, 2, 3, 0, 4])).toBe(3);
    expect(statesOnCircles(1, [0, 0])).toBe(1);
  });
});
