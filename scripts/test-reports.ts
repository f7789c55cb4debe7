import { existsSync, globSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "./turbo.ts";

/** The part of Vitest's JSON report that is used here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
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
  }[];
}

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const reportOf = (folder: string): string => join(root, folder, "test-results/vitest.json");

const readReport = (folder: string): Report =>
  JSON.parse(readFileSync(reportOf(folder), "utf8")) as Report;

/** The folders of the packages that have tests. */
export function testedPackages(): string[] {
  return globSync("packages/*/vitest.config.ts", { cwd: root })
    .map((path) => path.replace("/vitest.config.ts", ""))
    .sort();
}

/** Deletes earlier reports, so that an old report is not counted for a run that crashes. */
export function forgetReports(folders: readonly string[]): void {
  for (const folder of folders) rmSync(reportOf(folder), { force: true });
}

/** Adds up the reports. A missing report and a file that did not load each count as a failure. */
export function countReports(folders: readonly string[]): { count: Count; missing: string[] } {
  const missing = folders.filter((folder) => !existsSync(reportOf(folder)));
  let [passed, failed, skipped] = [0, missing.length, 0];
  for (const folder of folders) {
    if (missing.includes(folder)) continue;
    const report = readReport(folder);
    passed += report.numPassedTests;
    skipped += report.numPendingTests + report.numTodoTests;
    const unloaded = report.testResults.filter(
      (file) =>
        file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
    );
    failed += report.numFailedTests + unloaded.length;
  }
  return { count: { passed, failed, skipped }, missing };
}

/**
 * The tests that failed and the files that did not load, a line each: the path relative to the
 * repository's root, the test's name and the first line of its message.
 */
export function failuresOf(folders: readonly string[]): string[] {
  const files = folders
    .filter((folder) => existsSync(reportOf(folder)))
    .flatMap((folder) => readReport(folder).testResults)
    .filter(({ status }) => status === "failed");
  return files.flatMap(({ name, message, assertionResults }) => {
    const path = name.slice(root.length);
    const failed = assertionResults.filter(({ status }) => status === "failed");
    if (failed.length === 0) return [`${path}: ${firstLine(message)}`];
    return failed.map(
      ({ fullName, failureMessages: [first = ""] }) => `${path} ${fullName}: ${firstLine(first)}`,
    );
  });
}

function firstLine(text: string): string {
  return text.trimStart().split("\n", 1)[0] ?? "";
}

/** The number of passed tests in each test file, by its path relative to the repository's root. */
export function passedPerFile(folders: readonly string[]): ReadonlyMap<string, number> {
  const results = folders
    .filter((folder) => existsSync(reportOf(folder)))
    .flatMap((folder) => readReport(folder).testResults);
  return new Map(
    results.map(({ name, assertionResults }) => [
      name.slice(root.length),
      assertionResults.filter(({ status }) => status === "passed").length,
    ]),
  );
}

/** The last line of `npm test`. */
export function closingLine({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
