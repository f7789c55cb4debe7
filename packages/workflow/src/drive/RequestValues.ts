import type { ExpressionBindings } from "../core/expressions.js";

/** The values that the templates of a step name, by the first name of their paths. Plain data. */
export interface RequestValues {
  /** Of each named step, the named fields: `output`, `status`, `error`, `rounds`. */
  readonly steps?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [name: string]: unknown;
}

/** Returns the values as expressions look them up. `more` adds names or replaces their values. */
export function bindingsOf(
  values: RequestValues,
  more: Readonly<Record<string, unknown>> = {},
): ExpressionBindings {
  return {
    name: (name) => own(more, name) ?? own(values, name),
    step: (id, field) => own(own(values.steps ?? {}, id) ?? {}, field),
  };
}

function own<T extends object, Key extends keyof T & string>(
  from: T,
  name: Key,
): T[Key] | undefined {
  return Object.hasOwn(from, name) ? from[name] : undefined;
}
