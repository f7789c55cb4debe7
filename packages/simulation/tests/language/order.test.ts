import { describe, expect, test } from "vitest";
import { expectedTreeEnd } from "../../src/core/expected-end.js";
import { randomTreePlan } from "../../src/core/Plan.js";
import { Interpreter } from "../../src/language/index.js";
import { SeededRandom } from "../../src/SeededRandom.js";

const SEEDS = 400;

function played(seed: number) {
  const { defs, tree, outputs } = randomTreePlan(new SeededRandom(seed));
  const random = new SeededRandom(seed * 31);
  const positions = new Map<string, number>();
  const interpreter = new Interpreter(
    { id: "w", steps: defs, ...(outputs !== undefined && { outputs }) },
    {
      chance: () => random.next(),
      launch: ({ path }) => {
        const position = positions.get(path) ?? 0;
        positions.set(path, position + 1);
        const failed = tree?.scriptOf(path)[position];
        const afterMs = random.below(50);
        if (failed === undefined) return { result: tree?.resultOf(path), afterMs };
        return failed === "invalid_output" ? { misfit: "no", afterMs } : { failed, afterMs };
      },
    },
  );
  const end = interpreter.run();
  const { instances } = interpreter;
  return {
    state: end?.status,
    ...(end?.outputs !== undefined && { outputs: end.outputs }),
    statuses: new Map(instances.map(({ path, status }) => [path, status])),
    results: new Map(
      instances.flatMap(({ path, status, result }) =>
        status === "completed" ? [[path, result] as const] : [],
      ),
    ),
  };
}

describe("a random workflow with inner steps, items and rounds", () => {
  test("ends the same, with the same paths and results, in any order and at any pace", () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const plan = randomTreePlan(new SeededRandom(seed));
      if (plan.tree === undefined) throw new Error("The plan has no agents.");
      expect(played(seed), `seed ${seed}`).toEqual(expectedTreeEnd(plan, plan.tree));
    }
  });

  test("reaches every status that a settled step can have", () => {
    const statuses = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed += 1)
      for (const status of played(seed).statuses.values()) statuses.add(status);
    expect([...statuses].sort()).toEqual(["completed", "failed", "skipped"]);
  });
});
