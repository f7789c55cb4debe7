import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./turbo.ts";

/** The least share of the lines and of the functions that tests must cover, in percent. */
export const COVERAGE_BAR = 85;

/** The part of Vitest's JSON report that is used here. */
interface Report {
  readonly testResults: readonly FileResult[];
}

interface FileResult {
  /** The test file's absolute path. */
  readonly name: string;
  readonly status: string;
  /** Why the file could not be loaded; empty if it was. */
  readonly message: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly fullName: string;
    readonly failureMessages: readonly string[];
  }[];
}

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The path of a report in the folder of its package. */
export const reportName = (name: string): string => `test-results/${name}.json`;

/** The report of the tests that ran once more. */
export const AGAIN = "vitest-again";

/** The reports of a package. */
const reportsIn = (folder: string): readonly string[] =>
  globSync(reportName("vitest*"), { cwd: join(root, folder) })
    .sort()
    .map((name) => join(root, folder, name));

/** The results of the test files of a package. What ran once more has its later result. */
function resultsOf(folder: string): readonly FileResult[] {
  const byName = new Map<string, FileResult>();
  const reports = reportsIn(folder).toSorted((a, b) => Number(isAgain(a)) - Number(isAgain(b)));
  for (const path of reports)
    for (const result of (JSON.parse(readFileSync(path, "utf8")) as Report).testResults)
      byName.set(result.name, result);
  return [...byName.values()];
}

const isAgain = (path: string): boolean => path.endsWith(reportName(AGAIN));

/** The folders of the packages that `npm test` tests: those with a script of that name. */
export function testedPackages(): string[] {
  return globSync("packages/*/package.json", { cwd: root })
    .filter((path) => hasTests(join(root, path)))
    .map(dirname)
    .sort();
}

function hasTests(path: string): boolean {
  const { scripts } = JSON.parse(readFileSync(path, "utf8")) as { scripts?: { test?: string } };
  return scripts?.test !== undefined;
}

/** Deletes earlier reports, so that an old report is not counted for a run that crashes. */
export function forgetReports(folders: readonly string[]): void {
  for (const folder of folders)
    for (const path of [...reportsIn(folder), unexplained(folder)]) rmSync(path, { force: true });
}

/** Notes that the test run of a package failed although no test did. */
export function noteUnexplained(folder: string): void {
  const path = unexplained(folder);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
}

/** Whether the test run of a package failed although no test did. */
export const isUnexplained = (folder: string): boolean => existsSync(unexplained(folder));

const unexplained = (folder: string): string => join(root, folder, "test-results/unexplained");

/** Whether the coverage that was measured last in a package is below the bar. */
export function isBelowBar(folder: string): boolean {
  const path = join(root, folder, "coverage/coverage-summary.json");
  if (!existsSync(path)) return false;
  const { total } = JSON.parse(readFileSync(path, "utf8")) as {
    readonly total: Readonly<Record<"lines" | "functions", { readonly pct: number }>>;
  };
  return total.lines.pct < COVERAGE_BAR || total.functions.pct < COVERAGE_BAR;
}

/** Adds up the reports. A missing report and a file that did not load each count as a failure. */
export function countReports(folders: readonly string[]): { count: Count; missing: string[] } {
  const missing = folders.filter((folder) => reportsIn(folder).length === 0);
  let [passed, failed, skipped] = [0, missing.length, 0];
  for (const { status, assertionResults } of folders.flatMap(resultsOf)) {
    const failedHere = assertionResults.filter((test) => test.status === "failed").length;
    const passedHere = assertionResults.filter((test) => test.status === "passed").length;
    passed += passedHere;
    skipped += assertionResults.length - passedHere - failedHere;
    failed += status === "failed" ? Math.max(1, failedHere) : failedHere;
  }
  return { count: { passed, failed, skipped }, missing };
}

/**
 * The tests that failed and the files that did not load, a line each: the path relative to the
 * repository's root, the test's name and the first line of its message.
 */
export function failuresOf(folders: readonly string[]): string[] {
  const files = folders.flatMap(resultsOf).filter(({ status }) => status === "failed");
  return files.flatMap(({ name, message, assertionResults }) => {
    const path = name.slice(root.length);
    const failed = assertionResults.filter(({ status }) => status === "failed");
    if (failed.length === 0) return [`${path}: ${firstLine(message)}`];
    return failed.map(
      ({ fullName, failureMessages: [first = ""] }) => `${path} ${fullName}: ${firstLine(first)}`,
    );
  });
}

/** The test files that failed, relative to the folder of their package. */
export function failedFilesOf(folder: string): readonly string[] {
  return resultsOf(folder)
    .filter(({ status }) => status === "failed")
    .map(({ name }) => name.slice(join(root, folder).length + 1));
}

function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0] ?? "";
}

/** The number of passed tests in each test file, by its path relative to the repository's root. */
export function passedPerFile(folders: readonly string[]): ReadonlyMap<string, number> {
  return new Map(
    folders
      .flatMap(resultsOf)
      .map(({ name, assertionResults }) => [
        name.slice(root.length),
        assertionResults.filter(({ status }) => status === "passed").length,
      ]),
  );
}

/** The last line of `npm test`. */
export function closingLine({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
