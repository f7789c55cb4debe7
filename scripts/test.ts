// `npm test`: builds, runs every package's tests with coverage, and prints the totals from the
// reports. In CI, the files with tests that fail are tested once more, and the tests that pass then
// are listed as unstable.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import {
  AGAIN,
  closingLine,
  countReports,
  failedFilesOf,
  failuresOf,
  forgetReports,
  isBelowBar,
  isUnexplained,
  reportName,
  testedPackages,
} from "./test-reports.ts";
import { root, toolEnvironment, turbo } from "./turbo.ts";

const isInCi = process.env["CI"] !== undefined;

// A fully cached run does not execute any tests, so CI turns the cache off.
const isForced = isInCi || process.argv.includes("--force");

/**
 * How many packages are tested at once. Each tests one file at a time, and some of them mostly wait
 * for processes that they have started.
 */
const CONCURRENCY = Math.max(3, Math.ceil(availableParallelism() * 1.5));

const packages = testedPackages();
forgetReports(packages);
const build = turbo(["run", "build", "--output-logs=errors-only"]);
const first = build === 0 ? runTests(isForced ? ["--force"] : []) : build;
const status = first !== 0 && build === 0 && isInCi ? testAgain() : first;

const failures = failuresOf(packages);
const { count, missing } = countReports(packages);
for (const name of missing) console.log(`failed: ${name}: the test run crashed and left no report`);
for (const failure of failures) console.log(`failed: ${failure}`);
if (status !== 0 && count.failed === 0)
  console.log(
    "Every test passed, but a test run failed: its coverage is below the bar, or it crashed. Its " +
      "output is above.",
  );
console.log(`\n${closingLine(count)}`);
process.exitCode = status !== 0 || count.failed > 0 || count.passed === 0 ? 1 : 0;

function runTests(more: readonly string[]): number {
  const always = ["--only", "--continue", `--concurrency=${CONCURRENCY}`, "--log-order=grouped"];
  return turbo(["run", "test", ...always, ...more]);
}

/**
 * Tests the files with failures once more: on a busy machine, a correct test can fail. It is
 * listed, so that someone makes it stable.
 */
function testAgain(): number {
  const unstable = failuresOf(packages);
  for (const failure of unstable) console.log(`failed the first time: ${failure}`);
  const failing = packages.filter((folder) => failedFilesOf(folder).length > 0);
  const isExplained = failing.length > 0 && !packages.some(isUnexplained);
  for (const folder of failing)
    spawnSync("vitest", ["run", ...failedFilesOf(folder)], {
      cwd: join(root, folder),
      env: { ...toolEnvironment, VITEST_REPORT: reportName(AGAIN) },
      stdio: "inherit",
    });
  const failures = failuresOf(packages);
  for (const failure of unstable)
    if (!failures.includes(failure)) console.log(`unstable: ${failure}`);
  const below = failing.filter(isBelowBar);
  for (const folder of below) console.log(`${folder}: the coverage is below the bar`);
  return isExplained && failures.length === 0 && below.length === 0 ? 0 : 1;
}
