import { isDeepStrictEqual } from "node:util";
import { msOf } from "./behave.js";
import type { Expected } from "./Case.js";
import type { RunFacts, StepFacts } from "./RunFacts.js";
import type { Stage } from "./Stage.js";
import { isContainer } from "./step-id.js";

/** One difference between what a case expects and what happened. */
export interface Mismatch {
  /** The place of the expectation: `expect.steps.build[auth]`. */
  readonly at: string;
  readonly expected: unknown;
  readonly found: unknown;
}

/** What a comparison reads. */
interface Found {
  readonly facts: RunFacts;
  readonly stage: Stage;
  /** Adds a mismatch at a place below `expect`. */
  readonly add: (at: string, expected: unknown, found: unknown) => void;
}

type Comparison<Key extends keyof Expected> = (
  expected: NonNullable<Expected[Key]>,
  found: Found,
) => void;

/** What stands for the result of a step that has none. */
const NO_RESULT = "no result";
const NO_STEP = "no such step";

/** How each key of an expectation is compared. */
const COMPARISONS: { readonly [Key in keyof Expected]-?: Comparison<Key> } = {
  status: (expected, { facts, add }) => differ(add, "status", expected, facts.status),
  pausedFor: (expected, { facts, add }) => differ(add, "pausedFor", expected, facts.pausedFor),
  waitsFor: (expected, { facts, add }) =>
    differ(add, "waitsFor", expected.toSorted(), facts.waitsFor.toSorted()),
  steps: (expected, { facts, add }) =>
    eachStep(expected, facts, (path, wanted, step) =>
      differ(add, `steps.${path}`, wanted, step?.status ?? NO_STEP),
    ),
  results: (expected, { facts, add }) =>
    eachStep(expected, facts, (path, wanted, step) => {
      if (step === undefined) add(`results.${path}`, wanted, NO_STEP);
      else if (!("result" in step)) add(`results.${path}`, wanted, `${NO_RESULT}: ${step.status}`);
      else differ(add, `results.${path}`, wanted, step.result);
    }),
  attempts: (expected, { facts, add }) =>
    eachStep(expected, facts, (path, wanted, step) =>
      differ(add, `attempts.${path}`, wanted, step?.attemptNumber ?? NO_STEP),
    ),
  onlySteps: (expected, { facts, add }) => {
    const found = [...facts.steps.keys()].filter((path) => !isAttached(path));
    differ(add, "onlySteps", expected.toSorted(), found.toSorted());
  },
  allSteps: (expected, { facts, add }) => {
    const wanted = new Set(expected);
    const paths = [...facts.steps.keys()];
    for (const path of paths) {
      if (wanted.has(path) || isAttached(path)) continue;
      if (isContainer(path) && paths.some((inner) => inner.startsWith(`${path}.`))) continue;
      add(`steps.${path}`, NO_STEP, facts.steps.get(path)?.status);
    }
  },
  outputs: (expected, { facts, add }) => differ(add, "outputs", expected, facts.outputs),
  hasNoOutputs: (_, { facts, add }) => {
    if (facts.status !== "completed") return;
    if (Object.keys(facts.outputs ?? {}).length > 0) add("outputs", undefined, facts.outputs);
  },
  launches: (expected, { stage, add }) => {
    const found = Object.fromEntries(stage.cast.launches);
    for (const agentId of new Set([...Object.keys(expected), ...Object.keys(found)]))
      differ(add, `launches.${agentId}`, own(expected, agentId) ?? 0, found[agentId] ?? 0);
  },
  files: (expected, { facts, add }) =>
    eachStep(expected, facts, (path, wanted, step) =>
      differ(add, `files.${path}`, wanted, step?.files ?? {}),
    ),
  reason: (expected, { facts, add }) => differ(add, "reason", expected, facts.stopReason),
  hasNoReason: (_, { facts, add }) => differ(add, "reason", undefined, facts.stopReason),
  mostAtOnce: (expected, { stage, add }) => {
    for (const [agentId, wanted] of Object.entries(expected))
      differ(add, `mostAtOnce.${agentId}`, wanted, stage.cast.mostAtOnce.get(agentId) ?? 0);
  },
  atMostAtOnce: (expected, { stage, add }) => {
    for (const [agentId, limit] of Object.entries(expected)) {
      const found = stage.cast.mostAtOnce.get(agentId) ?? 0;
      if (found > limit) add(`mostAtOnce.${agentId}`, `at most ${limit}`, found);
    }
  },
  error: ({ code, contains }, { facts, add }) => {
    if (code !== undefined) differ(add, "error.code", code, facts.errorCode);
    if (contains !== undefined) lacks(add, "error.contains", contains, facts.error);
  },
  stepErrors: (expected, { facts, add }) =>
    eachStep(expected, facts, (path, { reason, contains }, step) => {
      const at = `stepErrors.${path}`;
      if (step?.status !== "failed") return add(at, "an error", step?.status ?? NO_STEP);
      if (reason !== undefined) differ(add, `${at}.reason`, reason, step.reason);
      if (contains !== undefined) lacks(add, `${at}.contains`, contains, step.error);
    }),
  order: (expected, { facts: { moments }, add }) => {
    for (const [index, [first, second]] of expected.entries()) {
      const problem = disorder(moments, first, second);
      if (problem !== undefined) add(`order[${index}]`, `${first} before ${second}`, problem);
    }
  },
  endedBefore: (expected, { facts: { moments }, add }) => {
    for (const [index, [first, second]] of expected.entries()) {
      const ended = firstOf(moments, first, ["completed", "failed"]);
      // A stop is completed without being started.
      const begun = firstOf(moments, second, ["started", "completed"]);
      const problem = disorder(moments, ended, begun);
      if (problem !== undefined) add(`order[${index}]`, `${first} before ${second}`, problem);
    }
  },
  budget: (expected, { facts, add }) => {
    for (const [name, wanted] of Object.entries(expected))
      differ(add, `budget.${name}`, wanted, own(facts.budget ?? {}, name));
  },
  elapsed: (expected, { facts, stage, add }) =>
    differ(add, "elapsed", inMs(msOf(expected)), inMs(stage.since(facts.startedAt))),
  tasks: (expected, { stage, add }) => {
    for (const [path, wanted] of Object.entries(expected))
      differ(add, `tasks.${path}`, wanted, stage.cast.tasks.get(path));
  },
  sessions: (expected, { stage, add }) => {
    for (const [path, wanted] of Object.entries(expected))
      differ(add, `sessions.${path}`, wanted, stage.cast.sessions.get(path));
  },
  openGate: (path, { facts, add }) =>
    differ(add, `steps.${path}`, "open", facts.steps.get(path)?.status ?? NO_STEP),
};

/**
 * Compares what happened with what is expected. `place`: the place of the expectation in the case:
 * `expect`, `do[1].expect`.
 */
export function compare(expected: Expected, stage: Stage, place: string): Mismatch[] {
  const mismatches: Mismatch[] = [];
  const facts = stage.facts();
  // A start that must be refused leaves nothing to compare.
  if (Object.keys(expected).length === 0) return [];
  if (facts === undefined)
    return [{ at: place, expected: "a run", found: "the run was not started" }];
  const add: Found["add"] = (at, wanted, found) =>
    void mismatches.push({ at: `${place}.${at}`, expected: wanted, found });
  for (const key of Object.keys(expected) as (keyof Expected)[])
    compareKey(key, expected, { facts, stage, add });
  return mismatches;
}

/** A comparison whose key is not known to the compiler. */
type AnyComparison = (expected: unknown, found: Found) => void;

function compareKey(key: keyof Expected, expected: Expected, found: Found): void {
  const comparison = COMPARISONS[key] as AnyComparison;
  if (expected[key] !== undefined) comparison(expected[key], found);
}

function differ(add: Found["add"], at: string, expected: unknown, found: unknown): void {
  if (!isDeepStrictEqual(asJson(expected), asJson(found))) add(at, expected, found);
}

/** Values as JSON: a file cannot say `-0`, and an absent value is null. */
function asJson(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}

function lacks(add: Found["add"], at: string, part: string, text: string | undefined): void {
  if (text?.includes(part) !== true) add(at, `a text with ${JSON.stringify(part)}`, text);
}

function eachStep<Value>(
  expected: Readonly<Record<string, Value>>,
  { steps }: RunFacts,
  compareOne: (path: string, wanted: Value, step: StepFacts | undefined) => void,
): void {
  for (const [path, wanted] of Object.entries(expected)) compareOne(path, wanted, steps.get(path));
}

/** The first of these moments of a step that has happened, else the first of them. */
function firstOf(
  moments: readonly string[],
  step: string,
  kinds: readonly [string, ...string[]],
): string {
  const found = kinds.find((kind) => moments.includes(`${step} ${kind}`));
  return `${step} ${found ?? kinds[0]}`;
}

function disorder(moments: readonly string[], first: string, second: string): string | undefined {
  const [firstAt, secondAt] = [moments.indexOf(first), moments.indexOf(second)];
  if (firstAt === -1) return `\`${first}\` did not happen`;
  if (secondAt === -1) return `\`${second}\` did not happen`;
  return firstAt < secondAt ? undefined : `${second} before ${first}`;
}

/** An attached step, such as a check: `build:check-1`. A handler's path begins with the colon. */
function isAttached(path: string): boolean {
  return /.:(?:check-\d+|reconcile|undo)$/u.test(path);
}

function inMs(durationMs: number): string {
  return `${durationMs} ms`;
}

function own<Value>(record: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
