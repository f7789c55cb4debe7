import { deepStrictEqual } from "node:assert/strict";
import type { BackendCase, Need } from "./backend-suite-case.js";
import { checkTrial } from "./backend-suite-checks.js";
import type { BackendHarness } from "./backend-suite-harness.js";
import { kills } from "./backend-suite-kills.js";
import { scheduling } from "./backend-suite-scheduling.js";
import { starting } from "./backend-suite-starting.js";
import { steering } from "./backend-suite-steering.js";
import { Trial } from "./backend-suite-trial.js";

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

/** Every case, in the order of its number. */
export const BACKEND_CASES: readonly BackendCase[] = [
  ...scheduling,
  ...steering,
  ...starting,
  ...kills,
].toSorted((a, b) => a.number - b.number);

const CASE_TIMEOUT_MS = 60_000;

/**
 * The tests that every backend must pass. `makeHarness` starts a backend for each case. After each
 * case, it checks the invariants: no attempt is started twice, no result is recorded twice, rows
 * form an unbroken chain without gaps, a replay produces the same rows, the summary matches the
 * rows, and nothing is left running.
 *
 * ```ts
 * describeBackend("embedded", makeHarness, { describe, test });
 * ```
 */
export function describeBackend(
  name: string,
  makeHarness: () => Promise<BackendHarness>,
  { describe, test }: BackendTestRunner,
  { notApplicable = [] }: SuiteOptions = {},
): void {
  describe(`${name}: a backend`, () => {
    for (const one of BACKEND_CASES)
      if (!notApplicable.includes(one.name))
        test(
          `${one.promise} (case ${one.number}, ${one.name})`,
          () => runCase(one, makeHarness),
          CASE_TIMEOUT_MS,
        );
    test(`is tried with all cases but ${notApplicable.join(", ") || "none"}`, async () => {
      const unmet = await withHarness(makeHarness, async (harness) =>
        BACKEND_CASES.filter((one) => !isMet(one, harness)).map((one) => one.name),
      );
      deepStrictEqual(unmet, [...notApplicable], "the cases that do not apply are those listed");
    });
  });
}

/**
 * Runs every case that applies and reports the results; for a command line, and for tests with
 * planted faults.
 */
export async function runBackendSuite(
  makeHarness: () => Promise<BackendHarness>,
  cases: readonly BackendCase[] = BACKEND_CASES,
): Promise<SuiteReport> {
  const tried: string[] = [];
  const failed: { name: string; error: unknown }[] = [];
  const notApplicable: { name: string; needs: Need }[] = [];
  for (const one of cases) {
    const { name, needs } = one;
    try {
      const applies = await runCase(one, makeHarness);
      if (applies || needs === undefined) tried.push(name);
      else notApplicable.push({ name, needs });
    } catch (error) {
      tried.push(name);
      failed.push({ name, error });
    }
  }
  return { tried, failed, notApplicable };
}

// False if the case does not apply.
function runCase(one: BackendCase, makeHarness: () => Promise<BackendHarness>): Promise<boolean> {
  return withHarness(makeHarness, async (harness) => {
    if (!isMet(one, harness)) return false;
    const trial = await Trial.open(harness);
    await one.run(trial);
    await checkTrial(trial);
    return true;
  });
}

async function withHarness<T>(
  makeHarness: () => Promise<BackendHarness>,
  action: (harness: BackendHarness) => Promise<T>,
): Promise<T> {
  const harness = await makeHarness();
  try {
    return await action(harness);
  } finally {
    await harness[Symbol.asyncDispose]();
  }
}

function isMet({ needs }: BackendCase, harness: BackendHarness): boolean {
  return needs === undefined || harness.kill !== undefined;
}
