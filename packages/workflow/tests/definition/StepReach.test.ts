import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { StepCertainty } from "../../src/definition/steps/StepCertainty.js";
import { StepReach } from "../../src/definition/steps/StepReach.js";
import { type StepGroup, stepTree } from "../../src/definition/steps/step-tree.js";
import { WorkflowParser } from "../../src/index.js";

type Mode = "ok" | "done" | "ok-or-skipped";

interface Step {
  readonly if?: string;
  readonly continueOnError?: boolean;
  readonly join?: "any";
  readonly edges: readonly (readonly [target: number, mode: Mode])[];
}

/** Steps that wait only for earlier ones, by modes of every kind, with queries about any pair. */
const graphs = fc.integer({ min: 1, max: 7 }).chain((count) =>
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
              fc.constantFrom<Mode>("ok", "ok", "done", "ok-or-skipped"),
            ),
            { maxLength: step === 0 ? 0 : 3, selector: ([target]) => target },
          ),
        },
        { requiredKeys: ["edges"] },
      ),
    ),
  ),
);

function rootOf(steps: readonly Step[]): StepGroup {
  return stepTree({
    steps: steps.map(({ edges, ...step }, index) => ({
      ...step,
      id: `s${index}`,
      dependencies: edges.map(([target, mode]) => ({ [`s${target}`]: mode })),
    })),
  }).root;
}

type Status = "completed" | "failed" | "skipped";

/** Every way in which the steps can end, by the table of the modes. */
function* endings(steps: readonly Step[]): Generator<readonly Status[], void, undefined> {
  const ways: Status[][] = [[]];
  for (let way = ways.shift(); way !== undefined; way = ways.shift()) {
    const step = steps[way.length];
    if (step === undefined) {
      yield way;
      continue;
    }
    const outcomes: Status[] = isEntered(step, way, steps)
      ? ["completed", "failed", ...(step.if === undefined ? [] : (["skipped"] as const))]
      : ["skipped"];
    for (const outcome of outcomes) ways.push([...way, outcome]);
  }
}

function isEntered(step: Step, way: readonly Status[], steps: readonly Step[]): boolean {
  const met = step.edges.every(([target, mode]) => {
    const status = way[target];
    const tolerated = status === "failed" && steps[target]?.continueOnError === true;
    if (status === "completed" || tolerated || mode === "done") return true;
    return status === "skipped" && mode === "ok-or-skipped";
  });
  const choices = step.edges.filter(([, mode]) => mode !== "ok");
  if (step.join !== "any" || choices.length === 0) return met;
  return met && choices.some(([target]) => way[target] === "completed");
}

describe("StepReach", () => {
  test("knows exactly the steps that are upstream", () => {
    fc.assert(
      fc.property(graphs, (steps) => {
        const { steps: nodes } = rootOf(steps);
        const reach = new StepReach();
        const pairs = nodes.flatMap((step) => nodes.map((target) => ({ step, target })));
        for (const { step, target } of pairs) reach.ask(step, target);
        const upstream = (at: number): number[] =>
          (steps[at]?.edges ?? []).flatMap(([target]) => [target, ...upstream(target)]);
        expect(pairs.map(({ step, target }) => reach.isUpstream(step, target))).toEqual(
          pairs.map(({ step, target }) => upstream(step.place).includes(target.place)),
        );
      }),
    );
  });

  test("calls a step completed only if it is in every run in which the other starts", () => {
    fc.assert(
      fc.property(graphs, (steps) => {
        const { steps: nodes } = rootOf(steps);
        const reach = new StepReach();
        const pairs = nodes.flatMap((step) => nodes.map((target) => ({ step, target })));
        for (const { step, target } of pairs) reach.ask(step, target);
        const wrong = pairs.filter(
          ({ step, target }) =>
            reach.isCompleted(step, target) &&
            [...endings(steps)].some(
              (way) =>
                isEntered(steps[step.place] ?? { edges: [] }, way, steps) &&
                way[target.place] !== "completed",
            ),
        );
        expect(wrong).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("knows what every choice of a join of any has in common", () => {
    const { steps } = rootOf([
      { edges: [] },
      { edges: [[0, "ok"]], if: "inputs.x" },
      { edges: [[0, "ok"]], if: "inputs.x" },
      {
        edges: [
          [1, "done"],
          [2, "ok-or-skipped"],
        ],
        join: "any",
      },
    ]);
    const reach = new StepReach();
    const [first, left, right, last] = steps;
    if (!first || !left || !right || !last) throw new Error("a step is missing");
    for (const target of steps) reach.ask(last, target);
    expect(steps.map((target) => reach.isCompleted(last, target))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  test("handles more targets than fit in one pass", () => {
    const count = 3000;
    const { steps } = rootOf(
      Array.from({ length: count }, (_, at) => ({ edges: at === 0 ? [] : [[at - 1, "ok"]] })),
    );
    const reach = new StepReach();
    const pairs = steps.flatMap((step, at) =>
      [(at * 7) % count, Math.max(0, at - 2)].map((target) => ({ step, at, target })),
    );
    const node = (at: number) => steps[at] ?? steps[0];
    for (const { step, target } of pairs) {
      const asked = node(target);
      if (asked) reach.ask(step, asked);
    }
    const wrong = pairs.filter(({ step, at, target }) => {
      const asked = node(target);
      return !asked || reach.isUpstream(step, asked) !== target < at;
    });
    expect(wrong).toEqual([]);
  });
});

describe("StepCertainty", () => {
  test("calls a step completed only if it is in every run that completes", () => {
    fc.assert(
      fc.property(graphs, (steps) => {
        const { steps: nodes } = rootOf(steps);
        const certainty = new StepCertainty(new StepReach(), () => false);
        const completing = [...endings(steps)].filter((way) =>
          way.every((status, at) => status !== "failed" || steps[at]?.continueOnError === true),
        );
        const wrong = nodes.filter(
          (node) =>
            certainty.isCompleted(node) &&
            completing.some((way) => way[node.place] !== "completed"),
        );
        expect(wrong.map(({ id }) => id)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

describe("WorkflowParser.validate", () => {
  const big = (count: number) =>
    `name: big\nsteps:\n${Array.from(
      { length: count },
      (_, index) =>
        `  - id: s${index}\n    agentId: w\n    task: Use \${{ steps.s${Math.max(0, index - 1)}.output }}\n    dependencies: [${index === 0 ? "" : `s${Math.floor(index / 2)}, s${index - 1}`}]\n`,
    ).join("")}`.replace("${{ steps.s0.output }}", "none");

  test("checks 10,000 steps in YAML in less than six seconds", { timeout: 60_000 }, () => {
    const text = big(10_000);
    const from = process.cpuUsage();
    const issues = new WorkflowParser().validate(text, "yaml");
    const { user, system } = process.cpuUsage(from);
    expect({
      count: issues.length,
      isUnderLimit: text.length < 1024 * 1024,
      isInTime: (user + system) / 1000 < 6000,
    }).toEqual({
      count: 0,
      isUnderLimit: true,
      isInTime: true,
    });
  });
});
