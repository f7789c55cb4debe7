// Runs the tests of the package given on the command line and counts them from vitest's JSON
// report.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { answer, fail, readRequest, root } from "./request.mjs";

await readRequest();
const name = process.argv[2];
const folder = mkdtempSync(path.join(tmpdir(), "review-tests-"));
const report = path.join(folder, "report.json");
const vitest = path.join(root, "node_modules", "vitest", "vitest.mjs");
const config = path.join(root, "examples", "agents", "run-tests.config.mjs");
const args = [
  vitest,
  "run",
  `--config=${config}`,
  `--root=${path.join(root, "packages", name)}`,
  "--reporter=json",
  `--outputFile=${report}`,
  "--no-color",
];
const { stderr, error } = spawnSync(process.execPath, args, {
  cwd: path.join(root, "packages", name),
  encoding: "utf8",
});
try {
  const {
    numPassedTests: passed,
    numFailedTests: failed,
    testResults,
  } = JSON.parse(readFileSync(report, "utf8"));
  answer({ package: name, passed, failed, files: testResults.length });
} catch {
  fail(
    `vitest did not write a report for packages/${name}: ` +
      (error?.message ?? stderr.trim().slice(-500)),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
