import { deepStrictEqual } from "node:assert/strict";
import { type BackendCase, lackOf, type Need } from "./backend-suite-case.js";
import { checkTrial } from "./backend-suite-checks.js";
import { failing } from "./backend-suite-failing.js";
import { goingBack } from "./backend-suite-going-back.js";
import type { BackendHarness, HarnessSetup } from "./backend-suite-harness.js";
import { kills } from "./backend-suite-kills.js";
import { language } from "./backend-suite-language.js";
import { operations } from "./backend-suite-operations.js";
import { scheduling } from "./backend-suite-scheduling.js";
import { starting } from "./backend-suite-starting.js";
import { steering } from "./backend-suite-steering.js";
import { Trial } from "./backend-suite-trial.js";
import { values } from "./backend-suite-values.js";
import { waiting } from "./backend-suite-waiting.js";
import { workers } from "./backend-suite-workers.js";

/**
 * The functions that the suite needs from a test runner. Vitest, Jest and similar runners provide
 * them.
 */
export interface BackendTestRunner {
  /** Groups tests, as in Vitest and Jest. */
  readonly describe: (name: string, body: () => void) => void;
  /** Defines a test, as in Vitest and Jest. */
  readonly test: (name: string, body: () => Promise<unknown>, timeoutMs?: number) => void;
}

export interface SuiteOptions {
  /**
   * The names of the cases that do not apply to this backend. Every other case must apply and pass.
   */
  readonly notApplicable?: readonly string[];
}

/** The results of all cases; see `runBackendSuite`. */
export interface SuiteReport {
  /** The names of the cases that were tried. */
  readonly tried: readonly string[];
  /** The cases that failed, with their errors. */
  readonly failed: readonly { readonly name: string; readonly error: unknown }[];
  /** The cases that the backend cannot have, with the reasons. */
  readonly notApplicable: readonly { readonly name: string; readonly needs: Need }[];
}

/** Starts a backend for one case. */
export type MakeHarness = (setup: HarnessSetup) => Promise<BackendHarness>;

/** Every case, in the order of its number. */
export const BACKEND_CASES: readonly BackendCase[] = [
  ...scheduling,
  ...values,
  ...failing,
  ...steering,
  ...goingBack,
  ...starting,
  ...workers,
  ...kills,
  ...operations,
  ...waiting,
  ...language,
].toSorted((a, b) => a.number - b.number);

/** How long a case may take, in ms of real time. */
const TIMEOUT_MS = 120_000;
const LONG_TIMEOUT_MS = 1_500_000;

/**
 * The tests that every backend must pass. `makeHarness` starts a backend for each case. After each
 * case, it checks the invariants: no attempt is started twice, no result is recorded twice, rows
 * form an unbroken chain without gaps, a replay produces the same rows, the summary matches the
 * rows, and nothing is left running. Cases that take minutes are left out.
 *
 * ```ts
 * describeBackend("embedded", makeHarness, { describe, test });
 * ```
 */
export function describeBackend(
  name: string,
  makeHarness: MakeHarness,
  { describe, test }: BackendTestRunner,
  { notApplicable = [] }: SuiteOptions = {},
): void {
  const cases = BACKEND_CASES.filter(({ isLong }) => isLong !== true);
  describe(`${name}: a backend`, () => {
    for (const one of cases)
      if (!notApplicable.includes(one.name))
        test(
          `${one.promise} (case ${one.number}, ${one.name})`,
          () => runCase(one, makeHarness),
          TIMEOUT_MS,
        );
    test(`is tried with all cases but ${notApplicable.join(", ") || "none"}`, async () => {
      const unmet = await withHarness(makeHarness({}), async (harness) =>
        cases.filter((one) => lackOf(one, harness) !== undefined).map((one) => one.name),
      );
      deepStrictEqual(unmet, [...notApplicable], "the cases that do not apply are those listed");
    });
  });
}

/** How to run the suite from a program. */
export interface SuiteRun {
  /** The cases to run. Default: all. */
  readonly cases?: readonly BackendCase[];
  /** How many cases run at once, each with a backend of its own. Default 1. */
  readonly lanes?: number;
  /** Called when a case has ended. */
  readonly onCase?: (ended: EndedCase) => void;
}

/** How a case ended. */
export interface EndedCase {
  /** The case's permanent number. */
  readonly number: number;
  /** The case's name. */
  readonly name: string;
  /** How long the case took, in ms of real time. */
  readonly durationMs: number;
  /** The capability that the harness lacks, if the case does not apply. */
  readonly lacks?: Need;
  /** Why the case failed. */
  readonly error?: unknown;
  /** What the case has measured, as sentences without a full stop. */
  readonly stated?: readonly string[];
}

/**
 * Runs every case that applies and reports the results; for a command line, and for tests with
 * planted faults.
 */
export async function runBackendSuite(
  makeHarness: MakeHarness,
  { cases = BACKEND_CASES, lanes = 1, onCase }: SuiteRun = {},
): Promise<SuiteReport> {
  const ended: EndedCase[] = [];
  const left = [...cases];
  const runLane = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) {
      const result = await tryCase(one, makeHarness);
      ended.push(result);
      onCase?.(result);
    }
  };
  await Promise.all(Array.from({ length: lanes }, runLane));
  ended.sort((a, b) => a.number - b.number);
  return {
    tried: ended.flatMap(({ name, lacks }) => (lacks === undefined ? [name] : [])),
    failed: ended.flatMap((one) => ("error" in one ? [{ name: one.name, error: one.error }] : [])),
    notApplicable: ended.flatMap(({ name, lacks }) =>
      lacks === undefined ? [] : [{ name, needs: lacks }],
    ),
  };
}

async function tryCase(one: BackendCase, makeHarness: MakeHarness): Promise<EndedCase> {
  const { number, name } = one;
  const began = performance.now();
  const ended = (rest: Partial<EndedCase>): EndedCase => ({
    ...{ number, name, durationMs: Math.round(performance.now() - began) },
    ...rest,
  });
  const stated: string[] = [];
  try {
    const lacks = await runCase(one, makeHarness, (sentence) => stated.push(sentence));
    return ended(lacks === undefined ? { stated } : { lacks });
  } catch (error) {
    return ended({ error, stated });
  }
}

// Returns what the harness lacks if the case does not apply.
function runCase(
  one: BackendCase,
  makeHarness: MakeHarness,
  state: (sentence: string) => void = () => undefined,
): Promise<Need | undefined> {
  const { isLong = false, needs = [], setup } = one;
  return withHarness(makeHarness({ ...setup, isLong, needs }), async (harness) => {
    const lack = lackOf(one, harness);
    if (lack !== undefined) return lack;
    await inTime(perform(one, harness, state), isLong ? LONG_TIMEOUT_MS : TIMEOUT_MS);
    return undefined;
  });
}

async function perform(
  one: BackendCase,
  harness: BackendHarness,
  state: (sentence: string) => void,
): Promise<void> {
  const trial = await Trial.open(harness, state);
  await one.run(trial);
  await checkTrial(trial);
}

async function withHarness<T>(
  starting: Promise<BackendHarness>,
  action: (harness: BackendHarness) => Promise<T>,
): Promise<T> {
  const harness = await starting;
  try {
    return await action(harness);
  } finally {
    await harness[Symbol.asyncDispose]();
  }
}

async function inTime<T>(promise: Promise<T>, limitMs: number): Promise<T> {
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => tooLate.reject(new Error(`the case has not ended after ${limitMs} ms`)),
    limitMs,
  );
  try {
    return await Promise.race([promise, tooLate.promise]);
  } finally {
    clearTimeout(timer);
  }
}
