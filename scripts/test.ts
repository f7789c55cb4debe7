// `npm test`: builds, runs every package's tests with coverage, and prints the totals from the
// reports. In CI, a package whose tests fail is tested once more, and the tests that pass then are
// listed as unstable.
import {
  closingLine,
  countReports,
  failuresOf,
  forgetReports,
  testedPackages,
} from "./test-reports.ts";
import { turbo } from "./turbo.ts";

const isInCi = process.env["CI"] !== undefined;

// A fully cached run does not execute any tests, so CI turns the cache off.
const isForced = isInCi || process.argv.includes("--force");

const packages = testedPackages();
forgetReports(packages);
const build = turbo(["run", "build", "--output-logs=errors-only"]);
let status = build === 0 ? runTests(isForced ? ["--force"] : []) : build;
let failures = failuresOf(packages);
if (status !== 0 && build === 0 && isInCi) {
  // On a busy machine, a correct test can fail. It is listed, so that someone makes it stable.
  const unstable = failures;
  for (const failure of unstable) console.log(`failed the first time: ${failure}`);
  forgetReports(packages);
  // The packages that passed are in the cache now.
  status = runTests(["--output-logs=new-only"]);
  failures = failuresOf(packages);
  for (const failure of unstable)
    if (!failures.includes(failure)) console.log(`unstable: ${failure}`);
}

const { count, missing } = countReports(packages);
for (const name of missing) console.log(`${name}: the test run crashed and left no report`);
for (const failure of failures) console.log(`failed: ${failure}`);
if (status !== 0 && count.failed === 0)
  console.log(
    "Every test passed, but a test run failed: its coverage is below the bar, or it crashed. Its " +
      "output is above.",
  );
console.log(`\n${closingLine(count)}`);
process.exitCode = status !== 0 || count.failed > 0 || count.passed === 0 ? 1 : 0;

function runTests(more: readonly string[]): number {
  const always = ["--only", "--continue", "--concurrency=2", "--log-order=grouped"];
  return turbo(["run", "test", ...always, ...more]);
}
