// Runs the tests of the package in the current folder. The files of REPEATED play the same code
// over many seeds: they run without coverage, on the built package, which takes less than half of
// the time. The others must reach the coverage bar without them.
import { spawnSync } from "node:child_process";
import { relative } from "node:path";
import { failedFilesOf, forgetReports, noteUnexplained, reportName } from "./test-reports.ts";
import { root, toolEnvironment } from "./turbo.ts";

/** Files and folders of tests, by the folder of their package. */
const REPEATED: Readonly<Record<string, readonly string[]>> = {
  "packages/rescript-core": ["tests/laws", "tests/expressions/soundness.test.ts"],
  "packages/simulation": [
    "tests/core/planted.test.ts",
    "tests/engine/language-worlds.test.ts",
    "tests/engine/simulate-seeds.test.ts",
    "tests/language/sound-workflows.test.ts",
  ],
  "packages/workflow": [
    "tests/definition/fuzz.test.ts",
    "tests/definition/hostile-texts.test.ts",
    "tests/definition/language-fuzz.test.ts",
    "tests/definition/mutations.test.ts",
    "tests/definition/wrong-values.test.ts",
  ],
};

const folder = relative(root, process.cwd());
const repeated = REPEATED[folder] ?? [];
forgetReports([folder]);
const excluded = repeated.map((path) => (path.endsWith(".ts") ? path : `${path}/**`));
const statuses = [
  vitest(
    "vitest",
    process.argv.slice(2),
    excluded.length === 0 ? {} : { VITEST_EXCLUDE: excluded.join() },
  ),
  ...(repeated.length === 0 ? [] : [vitest("vitest-repeated", repeated, { VITEST_BUILT: "1" })]),
];
process.exitCode = statuses.find((status) => status !== 0) ?? 0;
if (process.exitCode !== 0 && failedFilesOf(folder).length === 0) noteUnexplained(folder);

function vitest(report: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): number {
  const run = spawnSync("vitest", ["run", ...args], {
    env: { ...toolEnvironment, ...more, VITEST_REPORT: reportName(report) },
    stdio: "inherit",
  });
  if (run.error !== undefined) throw run.error;
  return run.status ?? 1;
}
