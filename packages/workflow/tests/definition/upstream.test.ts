import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findNotUpstream } from "../../src/definition/upstream.js";
import { WorkflowParser } from "../../src/index.js";

/** A graph whose steps depend only on earlier steps, with queries about any pair. */
const graphs = fc.integer({ min: 1, max: 80 }).chain((count) =>
  fc.record({
    dependencies: fc.tuple(
      ...Array.from({ length: count }, (_, step) =>
        step === 0 ? fc.constant([]) : fc.uniqueArray(fc.nat(step - 1), { maxLength: 3 }),
      ),
    ),
    questions: fc.array(fc.record({ step: fc.nat(count - 1), target: fc.nat(count - 1) }), {
      maxLength: 200,
    }),
  }),
);

function isUpstream(
  dependencies: readonly (readonly number[])[],
  step: number,
  target: number,
): boolean {
  const work = [...(dependencies[step] ?? [])];
  for (const at of work) {
    if (at === target) return true;
    work.push(...(dependencies[at] ?? []).filter((next) => !work.includes(next)));
  }
  return false;
}

describe("findNotUpstream", () => {
  test("agrees with a graph search from each step", () => {
    fc.assert(
      fc.property(graphs, ({ dependencies, questions }) => {
        const expected = questions.filter(
          ({ step, target }) => !isUpstream(dependencies, step, target),
        );
        const found = new Set(findNotUpstream(questions, [...dependencies.keys()], dependencies));
        expect(questions.filter((question) => found.has(question))).toEqual(expected);
      }),
    );
  });

  test("handles more targets than fit in one pass", () => {
    const count = 3000;
    const dependencies = Array.from({ length: count }, (_, step) => (step === 0 ? [] : [step - 1]));
    const questions = [...dependencies.keys()].flatMap((step) => [
      { step, target: (step * 7) % count },
      { step, target: Math.max(0, step - 2) },
    ]);
    const found = findNotUpstream(questions, [...dependencies.keys()], dependencies);
    expect(new Set(found)).toEqual(new Set(questions.filter(({ step, target }) => target >= step)));
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
