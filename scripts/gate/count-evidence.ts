import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly reports: number;
}

/** Adds up the JSON reports that the test runs of all packages left behind. */
export function countTests(root: string): TestCounts {
  const counts = { passed: 0, failed: 0, skipped: 0, reports: 0 };
  for (const folder of packageFolders(root, "test-results")) {
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".json"))) {
      const report = readJson(path.join(folder, name)) as Partial<
        Record<"numPassedTests" | "numFailedTests" | "numPendingTests" | "numTodoTests", number>
      >;
      if (report.numPassedTests === undefined) continue;
      counts.passed += report.numPassedTests;
      counts.failed += report.numFailedTests ?? 0;
      counts.skipped += (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0);
      counts.reports += 1;
    }
  }
  return counts;
}

export interface Coverage {
  readonly packageName: string;
  /** Share of lines, 0 to 100. */
  readonly lines: number;
  readonly functions: number;
}

interface CoverageTotal {
  readonly total: Readonly<Record<"lines" | "functions", { readonly pct: number }>>;
}

/** What each package's coverage summary says; a package without one is not in the answer. */
export function readCoverage(root: string): readonly Coverage[] {
  return packageFolders(root, "coverage").flatMap((folder) => {
    const file = path.join(folder, "coverage-summary.json");
    if (!existsSync(file)) return [];
    const { total } = readJson(file) as CoverageTotal;
    return [
      {
        packageName: path.basename(path.dirname(folder)),
        lines: total.lines.pct,
        functions: total.functions.pct,
      },
    ];
  });
}

/** The packages that are published, by folder name: the ones that coverage is asked of. */
export function publishedPackages(root: string): readonly string[] {
  const folder = path.join(root, "packages");
  return readdirSync(folder).filter((name) => {
    const file = path.join(folder, name, "package.json");
    return existsSync(file) && (readJson(file) as { private?: boolean }).private !== true;
  });
}

function packageFolders(root: string, name: string): string[] {
  const folder = path.join(root, "packages");
  return readdirSync(folder)
    .map((packageName) => path.join(folder, packageName, name))
    .filter((candidate) => existsSync(candidate));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, "utf8"));
}
