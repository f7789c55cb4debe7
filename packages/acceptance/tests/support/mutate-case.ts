import type { IndexedCase } from "./language-cases.js";

/** A case with one wrong expectation. */
export interface Mutant {
  /** The key of the expectation that was changed. */
  readonly key: string;
  readonly case: IndexedCase;
}

type Values = Readonly<Record<string, unknown>>;
type Change = (value: never) => readonly unknown[];

const OTHER_STATUS: Readonly<Record<string, string>> = {
  completed: "failed",
  failed: "completed",
  skipped: "completed",
  cancelled: "completed",
  paused: "completed",
};

const other = (status: string): string => OTHER_STATUS[status] ?? "completed";

/** Returns one copy of the map for each key, with only its value changed. */
function each(values: Values, change: (value: never) => unknown): Values[] {
  return Object.keys(values).map((key) => ({ ...values, [key]: change(values[key] as never) }));
}

const more = (count: number): number => count + 1;
const unlike = (value: unknown): unknown => ({ "is not": value });

/** How the value of each key of an expectation is changed to something that did not happen. */
const CHANGES: Readonly<Record<string, Change>> = {
  status: (status: string) => [other(status)],
  waitsFor: (paths: readonly string[]) => [[...paths, "no-such-step"]],
  budget: (amounts: Values) => each(amounts, more),
  steps: (steps: Values) => each(steps, other),
  results: (results: Values) => each(results, unlike),
  attempts: (attempts: Values) => each(attempts, more),
  onlySteps: (paths: readonly string[]) => [paths.slice(1), [...paths, "no-such-step"]],
  outputs: (outputs: Values) => [...each(outputs, unlike), { ...outputs, more: 1 }],
  launches: (launches: Values) => [...each(launches, more), { ...launches, another: 1 }],
  files: (files: Values) => each(files, (texts: Values) => ({ ...texts, "more.md": "" })),
  reason: (reason: string) => [`${reason}, and more`],
  mostAtOnce: (counts: Values) => each(counts, more),
  error: (error: Values) => each(error, (text: string) => `${text}, and more`),
  stepErrors: (errors: Values) =>
    each(errors, (error: Values) => ({
      ...(error["contains"] === undefined
        ? { reason: error["reason"] === "timeout" ? "error" : "timeout" }
        : { contains: "a text that no error contains" }),
    })),
  order: (pairs: readonly (readonly unknown[])[]) =>
    pairs.map((_, index) => pairs.map((pair, at) => (at === index ? pair.toReversed() : pair))),
  elapsed: () => ["123456ms"],
};

/** Returns every copy of a case in which one value of its last expectation is wrong. */
export function mutantsOf(one: IndexedCase): Mutant[] {
  if (one.invalid !== undefined) return mutantsOfIssues(one, one.invalid as readonly Values[]);
  const { expect = {} } = one;
  return Object.entries(expect).flatMap(([key, value]) =>
    (CHANGES[key]?.(value as never) ?? []).map((wrong) => ({
      key,
      case: { ...one, expect: { ...expect, [key]: wrong } },
    })),
  );
}

function mutantsOfIssues(one: IndexedCase, issues: readonly Values[]): Mutant[] {
  const [first, ...others] = issues;
  if (first === undefined)
    return [
      {
        key: "no issues",
        case: { ...one, invalid: [{ code: "AXW1101", line: 1, column: 1, at: "" }] },
      },
    ];
  const { code, line, column, severity } = first as { readonly [key: string]: number };
  const wrong: Readonly<Record<string, Values>> = {
    code: { code: String(code) === "AXW1102" ? "AXW1101" : "AXW1102" },
    line: { line: (line ?? 0) + 1 },
    column: { column: (column ?? 0) + 1 },
    severity: { severity: String(severity) === "warning" ? "error" : "warning" },
    at: { at: "a text that is not there" },
  };
  return [
    ...Object.entries(wrong).map(([key, change]) => ({
      key: `the ${key} of an issue`,
      case: { ...one, invalid: [{ ...first, ...change }, ...others] },
    })),
    { key: "a missing issue", case: { ...one, invalid: others } },
  ];
}

/** A scenario of a translated workflow, as far as the tests read it. */
export interface Scenario {
  readonly workflow: string;
  readonly includes?: Readonly<Record<string, string>>;
  readonly expect: Readonly<Record<string, unknown>>;
}

/** Returns the map without one of its keys. */
function without(values: Values): Values {
  const [, ...others] = Object.entries(values);
  return Object.fromEntries(others);
}

const fewer = (count: number): number => count - 1;

/** How the value of each key of a scenario's expectation is changed. */
const SCENARIO_CHANGES: Readonly<Record<string, Change>> = {
  status: (status: string) => [other(status)],
  steps: (steps: Values) => [...each(steps, other), without(steps)],
  launches: (launches: Values) => [...each(launches, more), without(launches)],
  order: (pairs: readonly (readonly unknown[])[]) =>
    pairs.map((_, index) => pairs.map((pair, at) => (at === index ? pair.toReversed() : pair))),
  tasks: (tasks: Values) => each(tasks, (text: string) => `${text} `),
  outputs: (outputs: Values) => each(outputs, unlike),
  mostAtOnce: (counts: Values) => each(counts, fewer),
  reason: (reason: string) => [`${reason}, and more`],
  sessions: (sessions: Values) => each(sessions, (path: string) => `${path}-not`),
};

/** Returns every copy of a scenario in which one value of its expectation is wrong. */
export function mutantsOfScenario(scenario: Scenario): { key: string; scenario: Scenario }[] {
  const { expect } = scenario;
  return Object.entries(expect).flatMap(([key, value]) =>
    (SCENARIO_CHANGES[key]?.(value as never) ?? []).map((wrong) => ({
      key,
      scenario: { ...scenario, expect: { ...expect, [key]: wrong } },
    })),
  );
}
