import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StepReach } from "../../src/definition/steps/StepReach.js";
import { stepTree } from "../../src/definition/steps/step-tree.js";

type Mode = "ok" | "done" | "ok-or-skipped";
type Status = "completed" | "failed" | "skipped";

interface Step {
  readonly if?: string;
  readonly continueOnError?: boolean;
  readonly join?: "any";
  readonly edges: readonly (readonly [target: number, mode: Mode])[];
}

const graphs = fc.integer({ min: 3, max: 6 }).chain((count) =>
  fc.tuple(
    ...Array.from({ length: count }, (_, step) =>
      fc.record(
        {
          if: fc.constant("inputs.x"),
          continueOnError: fc.constant(true),
          join: fc.constant("any" as const),
          edges: fc.uniqueArray(
            fc.tuple(
              fc.nat(Math.max(0, step - 1)),
              fc.constantFrom<Mode>("ok", "done", "ok-or-skipped"),
            ),
            { maxLength: step === 0 ? 0 : 3, selector: ([target]) => target },
          ),
        },
        { requiredKeys: ["edges"] },
      ),
    ),
  ),
);

function reachOf(steps: readonly Step[]): (step: number, target: number) => boolean {
  const { root } = stepTree({
    steps: steps.map(({ edges, ...step }, index) => ({
      ...step,
      id: `s${index}`,
      dependencies: edges.map(([target, mode]) => ({ [`s${target}`]: mode })),
    })),
  });
  const reach = new StepReach();
  for (const step of root.steps)
    for (const target of root.steps) if (target !== step) reach.ask(step, target);
  return (step, target) => {
    const [one, other] = [root.steps[step], root.steps[target]];
    return one !== undefined && other !== undefined && reach.isSettled(one, other);
  };
}

/** Runs the steps in an order and with outcomes that chance gives; says what each start saw. */
function startsOf(steps: readonly Step[], chance: () => number): Map<number, ReadonlySet<number>> {
  const settled = new Map<number, Status>();
  const running = new Set<number>();
  const starts = new Map<number, ReadonlySet<number>>();
  const satisfies = (target: number, mode: Mode): boolean => {
    const status = settled.get(target);
    if (status === "completed" || steps[target]?.continueOnError === true)
      return status !== "skipped" || mode !== "ok";
    return mode === "done" || (mode === "ok-or-skipped" && status === "skipped");
  };
  const enter = (): boolean =>
    steps.some((step, index) => {
      if (settled.has(index) || running.has(index)) return false;
      const known = step.edges.filter(([target]) => settled.has(target));
      const choices = step.edges.filter(([, mode]) => mode !== "ok");
      const isHopeless =
        step.join === "any" &&
        choices.length > 0 &&
        choices.every(([target]) => settled.has(target)) &&
        !choices.some(([target]) => settled.get(target) === "completed");
      if (isHopeless || known.some(([target, mode]) => !satisfies(target, mode)))
        settled.set(index, "skipped");
      else if (known.length < step.edges.length) return false;
      else {
        starts.set(index, new Set(settled.keys()));
        if (step.if !== undefined && chance() < 0.5) settled.set(index, "skipped");
        else running.add(index);
      }
      return true;
    });
  for (;;) {
    while (enter());
    const next = [...running][Math.floor(chance() * running.size)];
    if (next === undefined) return starts;
    running.delete(next);
    settled.set(next, chance() < 0.5 ? "failed" : "completed");
  }
}

describe("StepReach.isSettled", () => {
  test("is true only of steps that are settled whenever the step starts", () => {
    const isSettledInEach = fc.property(
      graphs,
      fc.array(fc.double({ min: 0, max: 0.999 }), { minLength: 40, maxLength: 40 }),
      (steps, chances) => {
        const isSettled = reachOf(steps);
        let at = 0;
        const starts = startsOf(steps, () => chances[at++ % chances.length] ?? 0);
        for (const [step, settled] of starts)
          for (const target of steps.keys())
            if (target !== step && isSettled(step, target))
              expect([step, target, settled.has(target)]).toEqual([step, target, true]);
      },
    );
    fc.assert(isSettledInEach, { numRuns: 3_000 });
  });

  test("knows that a step has started behind edges that need it", () => {
    const isSettled = reachOf([
      { edges: [] },
      { edges: [] },
      {
        edges: [
          [0, "ok"],
          [1, "ok"],
        ],
      },
      { edges: [[2, "done"]] },
      { edges: [[2, "ok"]] },
      { edges: [[4, "done"]] },
    ]);
    const seen = [3, 4, 5].map((step) => [0, 1, 2].filter((target) => isSettled(step, target)));
    expect(seen).toEqual([[2], [0, 1, 2], [2]]);
  });
});
