import {
  Checker,
  type CheckScope,
  type Expression,
  Expressions,
  Schemas,
  type SettledStatus,
  type StepReach,
  type ValueType,
} from "../../src/index.js";
import { ExpressionWriter, placesIn, type Source } from "./random-expressions.js";
import type { JsonSchema } from "./random-schemas.js";
import { Dice, objectSchema, schemaOf, valueOf, valueSchema } from "./random-values.js";

/** The part of the checker that a program is checked with: the real one, or one with a hole. */
export type CheckerLike = Pick<typeof Checker, "assume" | "check" | "checkCondition" | "scope">;

interface Step {
  readonly schema: JsonSchema;
  readonly statuses: readonly SettledStatus[];
}

/** Inputs and steps with schemas, a condition, and an expression that depends on it. */
export interface Program {
  readonly inputs: JsonSchema;
  readonly steps: Readonly<Record<string, Step>>;
  readonly condition: string;
  readonly text: string;
}

/** The expressions of a program, and the type that the checker gives the second. */
export interface Accepted {
  readonly condition: Expression;
  readonly expression: Expression;
  readonly valueType: ValueType;
}

const STATUSES: readonly (readonly SettledStatus[])[] = [
  ["completed"],
  ["completed", "skipped"],
  ["completed", "failed"],
  ["completed", "failed", "skipped"],
];

/** How often a guard is forgotten or put in the wrong place. */
const CARELESSNESS = 0.06;

/** What may be read of a step: its output, its status, and its error if it may have failed. */
function sourcesOf(id: string, { schema, statuses }: Step, dice: Dice): Source[] {
  const completed = dice.pick([
    `steps.${id}.status == 'completed'`,
    `steps.${id}.output != null`,
    `steps.${id}.status in ['completed']`,
  ]);
  const output = { path: `steps.${id}.output`, schema };
  const failed = {
    path: `steps.${id}.error`,
    schema: { type: "string" },
    guard: dice.pick([`steps.${id}.status == 'failed'`, `has(steps.${id}.error)`]),
  };
  return [
    statuses.length === 1 ? output : { ...output, guard: completed },
    { path: `steps.${id}.status`, schema: { type: "string" } },
    ...(statuses.includes("failed") ? [failed] : []),
  ];
}

export function randomProgram(seed: number): Program {
  const dice = new Dice(seed);
  const inputs = objectSchema(dice, 3);
  const steps = Object.fromEntries(
    ["s1", "s2"].map((id) => [
      id,
      { schema: valueSchema(dice, 3), statuses: dice.pick(STATUSES) } satisfies Step,
    ]),
  );
  const sources: Source[] = [
    { path: "inputs", schema: inputs },
    ...Object.entries(steps).flatMap(([id, step]) => sourcesOf(id, step, dice)),
  ];
  const places = sources.flatMap(placesIn);
  const writer = new ExpressionWriter(dice, places, CARELESSNESS);
  const guards = places.flatMap(({ guard }) => (guard === undefined ? [] : [guard]));
  const condition = dice.happens(0.5) || guards.length === 0 ? "true" : dice.pick(guards);
  // Where the condition shows something, the expression may rely on it.
  const relied = places.map((place) =>
    place.guard === condition ? { ...place, guard: undefined } : place,
  );
  const inner = new ExpressionWriter(dice, relied, CARELESSNESS);
  const parts = [
    () => inner.text(3),
    () => inner.number(3),
    () => inner.boolean(3),
    () => inner.texts(3),
    () => writer.boolean(3),
  ].map((write) => write());
  return {
    inputs,
    steps,
    condition,
    text: dice.happens(0.5)
      ? `[${parts.join(", ")}]`
      : `{${parts.map((part, index) => `p${index}: ${part}`).join(", ")}}`,
  };
}

const typeOf = (json: JsonSchema): ValueType => Schemas.typeOf(schemaOf(json));

export function scopeOfProgram({ inputs, steps }: Program, checker: CheckerLike): CheckScope {
  const reachable = new Map<string, StepReach>(
    Object.entries(steps).map(([id, { schema, statuses }]) => [
      id,
      { ok: true, output: typeOf(schema), statuses: [...statuses] },
    ]),
  );
  const step = (id: string): StepReach =>
    reachable.get(id) ?? { ok: false, code: "AXW1304", message: "unknown" };
  return checker.scope({ names: { inputs: typeOf(inputs) }, step, outOfScope: () => undefined });
}

const expressionOf = (text: string): Expression => {
  const outcome = Expressions.parse(text);
  if (!outcome.ok) throw new Error(`${text}: ${JSON.stringify(outcome.problems)}`);
  return outcome.expression;
};

/** The program as the checker accepts it, with no value of type any in use; or why it does not. */
export function accept(
  program: Program,
  checker: CheckerLike,
): { ok: true; accepted: Accepted } | { ok: false; codes: readonly string[] } {
  const scope = scopeOfProgram(program, checker);
  const condition = expressionOf(program.condition);
  const expression = expressionOf(program.text);
  const first = checker.checkCondition(condition, scope);
  const second = checker.check(expression, checker.assume(condition, scope, true));
  const codes = [...first.findings, ...second.findings]
    .filter(({ severity }) => severity === "error")
    .map(({ code }) => code);
  if (codes.length > 0) return { ok: false, codes };
  if (!(first.isCertain && second.isCertain)) return { ok: false, codes: ["any"] };
  return { ok: true, accepted: { condition, expression, valueType: second.valueType } };
}

/** What an evaluation came to. */
export type Outcome =
  | { readonly kind: "result"; readonly value: unknown }
  | { readonly kind: "condition" }
  | { readonly kind: "unmade" }
  | { readonly kind: string; readonly message: string };

/** Evaluates an accepted program with random values that fit its schemas. */
export function run(program: Program, { condition, expression }: Accepted, seed: number): Outcome {
  const dice = new Dice(seed);
  const inputs = valueOf(program.inputs, dice);
  const steps = new Map<string, Readonly<Record<string, unknown>>>(
    Object.entries(program.steps).map(([id, { schema, statuses }]) => {
      const status = dice.pick(statuses);
      const output = status === "completed" ? valueOf(schema, dice) : null;
      const error = status === "failed" ? "broken" : null;
      return [id, { status, output, error }];
    }),
  );
  if (inputs === undefined || [...steps.values()].some(({ output }) => output === undefined))
    return { kind: "unmade" };
  const bindings = {
    name: (name: string) => (name === "inputs" ? inputs : undefined),
    step: (id: string, field: string) => steps.get(id)?.[field],
  };
  const decided = Expressions.evaluate(condition, bindings);
  if (!decided.ok) return decided.failure;
  if (decided.value !== true) return { kind: "condition" };
  const evaluated = Expressions.evaluate(expression, bindings);
  return evaluated.ok ? { kind: "result", value: evaluated.value } : evaluated.failure;
}
