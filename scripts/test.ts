// `npm test`: builds, runs every package's tests with coverage, and prints the totals from the
// reports.
import {
  closingLine,
  countReports,
  failuresOf,
  forgetReports,
  testedPackages,
} from "./test-reports.ts";
import { turbo } from "./turbo.ts";

// A fully cached run does not execute any tests, so CI turns the cache off.
const isForced = process.env["CI"] !== undefined || process.argv.includes("--force");

const packages = testedPackages();
forgetReports(packages);
const build = turbo(["run", "build", "--output-logs=errors-only"]);
const status =
  build === 0
    ? turbo([
        "run",
        "test",
        "--only",
        "--continue",
        "--concurrency=2",
        "--log-order=grouped",
        ...(isForced ? ["--force"] : []),
      ])
    : build;

const { count, missing } = countReports(packages);
for (const name of missing) console.log(`${name}: the test run crashed and left no report`);
for (const failure of failuresOf(packages)) console.log(`failed: ${failure}`);
if (status !== 0 && count.failed === 0)
  console.log(
    "Every test passed, but a test run failed: its coverage is below the bar, or it crashed. Its " +
      "output is above.",
  );
console.log(`\n${closingLine(count)}`);
process.exitCode = status !== 0 || count.failed > 0 || count.passed === 0 ? 1 : 0;
