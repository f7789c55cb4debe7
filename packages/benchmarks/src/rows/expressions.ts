import { type ExpressionBindings, Expressions } from "@automatosx/rescript-core";
import { atMost, BUSY, type Row } from "../row.ts";
import { median } from "../statistics.ts";

const ROUNDS = 7;
const EVALUATIONS = 100_000;
const READINGS = 10_000;

/** Conditions as workflows have them: an enum, a guard, a number, a status. */
const CONDITIONS = [
  "steps.classify.output.kind == 'BUG'",
  "!steps.classify.output.passed || steps.review.status == 'skipped'",
  "has(steps.classify.output.files) && size(steps.classify.output.files) > 2",
  "default(steps.classify.output.score, 0) >= 0.5 && inputs.deep",
];

const output = { kind: "BUG", passed: true, files: ["a.ts", "b.ts", "c.ts"], score: 0.75 };
const bindings: ExpressionBindings = {
  name: (name) => (name === "inputs" ? { deep: true } : undefined),
  step: (_, field) => (field === "output" ? output : "completed"),
};

/** Measures the language of expressions alone: the time per condition and per reading, in µs. */
export function expressionRows(): Row[] {
  const conditions = CONDITIONS.map((text) => {
    const parsed = Expressions.parse(text);
    if (!parsed.ok) throw new Error(`${text} is not an expression`);
    return parsed.expression;
  });
  const evaluated = () => {
    for (const condition of conditions) Expressions.evaluate(condition, bindings);
  };
  const read = () => {
    for (const text of CONDITIONS) Expressions.parse(text);
  };
  return [
    atMost("condition", microseconds(evaluated, EVALUATIONS), 1, {
      unit: " µs",
      slack: BUSY,
      reason: "One look-up of a step's field for each path, and one object for the budget.",
    }),
    atMost("expression-read", microseconds(read, READINGS), 10, {
      unit: " µs",
      slack: BUSY,
      reason: "A token and a node, with their places, for each word.",
    }),
  ];
}

/** The median time of one of `count` expressions, in the thread's own time. */
function microseconds(work: () => void, count: number): number {
  const measured: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.threadCpuUsage();
    for (let done = 0; done < count; done += CONDITIONS.length) work();
    const { user, system } = process.threadCpuUsage(before);
    measured.push((user + system) / count);
  }
  return median(measured);
}
