import {
  type Expression,
  type ExpressionBindings,
  type ExpressionFailure,
  Expressions,
  Templates,
} from "../../src/index.js";

/** Values by root name; under `steps`, the fields of each step by its id. */
export interface Names {
  readonly steps?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [name: string]: unknown;
}

const own = (map: object | undefined, key: string): unknown =>
  map !== undefined && Object.hasOwn(map, key) ? (map as Record<string, unknown>)[key] : undefined;

export const bindingsOf = (names: Names): ExpressionBindings => ({
  name: (name) => (name === "steps" ? undefined : own(names, name)),
  step: (id, field) => own(own(names.steps, id) as object | undefined, field),
});

/** Parses what the test knows to be an expression. */
export function parsed(text: string): Expression {
  const result = Expressions.parse(text);
  if (!result.ok) throw new Error(`${text}: ${result.problems[0]?.message}`);
  return result.expression;
}

/** The value of an expression, or its failure. */
export function evaluated(text: string, names: Names = {}): unknown {
  const result = Expressions.evaluate(parsed(text), bindingsOf(names));
  return result.ok ? result.value : result.failure;
}

/** The failure of an expression without its place. */
export function failed(
  text: string,
  names: Names = {},
): Pick<ExpressionFailure, "kind" | "message"> {
  const result = Expressions.evaluate(parsed(text), bindingsOf(names));
  if (result.ok) throw new Error(`${text} gives a ${typeof result.value}`);
  return { kind: result.failure.kind, message: result.failure.message };
}

/** A rendered text, or the failure. */
export function rendered(text: string, names: Names = {}): unknown {
  const { parts, problems } = Templates.parse(text);
  if (problems.length > 0) return problems;
  const result = Templates.render(parts, bindingsOf(names));
  return result.ok ? result.text : result.failure;
}
