import {
  type CheckedCondition,
  Checker,
  type CheckScope,
  type CheckSurroundings,
  type Expression,
  Expressions,
  Schemas,
  type SettledStatus,
  type ValueType,
  ValueTypes,
} from "../../src/index.js";

/** The type of a JSON Schema that must be right. */
export function typeOf(json: unknown): ValueType {
  const outcome = Schemas.read(json);
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join("; "));
  return Schemas.typeOf(outcome.schema);
}

/** The expression of a text that must be one. */
export function parsed(text: string): Expression {
  const outcome = Expressions.parse(text);
  if (!outcome.ok) throw new Error(outcome.problems.map(({ message }) => message).join("; "));
  return outcome.expression;
}

/** A step: the schema of its output, how it may have been settled, and what else is known of it. */
export interface StepSketch {
  readonly output?: unknown;
  readonly statuses?: readonly SettledStatus[];
  readonly hasRounds?: boolean;
}

/** A scope in which `inputs` and these names have the types of JSON Schemas. */
export function scopeOf(
  names: Readonly<Record<string, unknown>>,
  steps: Readonly<Record<string, StepSketch>> = {},
  outOfScope: CheckSurroundings["outOfScope"] = () => undefined,
): CheckScope {
  return Checker.scope({
    names: Object.fromEntries(Object.entries(names).map(([name, json]) => [name, typeOf(json)])),
    outOfScope,
    step: (id) => {
      const step = steps[id];
      if (step === undefined)
        return { ok: false, code: "AXW1304", message: `no step has the id \`${id}\`` };
      return {
        ok: true,
        output: step.output === undefined ? ValueTypes.any : typeOf(step.output),
        statuses: [...(step.statuses ?? ["completed"])],
        hasRounds: step.hasRounds ?? false,
        isProse: step.output === undefined,
      };
    },
  });
}

/** Findings as `AXW1403 modles`: the code, and the text that it is about. */
export function findingsIn(
  text: string,
  scope: CheckScope,
  check: (ast: Expression, scope: CheckScope) => Pick<CheckedCondition, "findings"> = Checker.check,
): string[] {
  return check(parsed(text), scope).findings.map(
    ({ code, severity, span }) =>
      `${code}${severity === "warning" ? " (warning)" : ""} ${text.slice(span.start, span.end)}`,
  );
}
