// `npm test`: builds, runs every package's tests with coverage, and prints the totals from the
// reports. In CI, or with `--again`, the files with tests that fail are tested once more, and the
// tests that pass then are listed as unstable.
import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { noteBuilt } from "./built.mjs";
import { readFlags } from "./read-flags.ts";
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
import { root, toolEnvironment, turbo, turboApart } from "./turbo.ts";

const flags = readFlags(
  `npm test -- [--force] [--built] [--once] | --again
  --force   tests also the packages that have not changed since they were tested
  --built   tests what is built, without building it first
  --once    tests no file once more, in CI either
  --again   tests once more only the files that failed last time`,
  {
    force: { type: "boolean", default: false },
    built: { type: "boolean", default: false },
    once: { type: "boolean", default: false },
    again: { type: "boolean", default: false },
  },
);
const isInCi = process.env["CI"] !== undefined;

// A fully cached run does not execute any tests, so CI turns the cache off.
const isForced = isInCi || flags.force;

/**
 * How many packages are tested at once. Each tests one file at a time, and some of them mostly wait
 * for processes that they have started.
 */
const CONCURRENCY = Math.max(3, Math.ceil(availableParallelism() * 1.5));

/** The packages that take the longest begin first, so that none is left over at the end. */
const LONGEST_FIRST = [
  "packages/cli",
  "packages/acceptance",
  "packages/workflow",
  "packages/backend-postgres",
  "packages/simulation",
  "packages/rescript-core",
  "packages/backend-restate",
];

const packages = testedPackages();
const status = flags.again ? testAgain() : await testAll();

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

async function testAll(): Promise<number> {
  forgetReports(packages);
  const build = flags.built ? 0 : turbo(["run", "build", "--output-logs=errors-only"]);
  if (build !== 0) return build;
  // Otherwise the first test that starts `axw` from this clone would build beside the others.
  noteBuilt();
  const first = await runTests(isForced ? ["--force"] : []);
  return first !== 0 && isInCi && !flags.once ? testAgain() : first;
}

/**
 * Tests every package, `CONCURRENCY` at once, and prints the output of each when it has ended. One
 * call of turbo would choose the order itself.
 */
async function runTests(more: readonly string[]): Promise<number> {
  const known = LONGEST_FIRST.filter((folder) => packages.includes(folder));
  const waiting = [...new Set([...known, ...packages])];
  let status = 0;
  const lane = async (): Promise<void> => {
    for (let folder = waiting.shift(); folder !== undefined; folder = waiting.shift()) {
      const run = await turboApart(["run", "test", "--only", `--filter=./${folder}`, ...more]);
      console.log(`\n── ${folder}\n${run.output}`);
      status ||= run.status;
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  return status;
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
