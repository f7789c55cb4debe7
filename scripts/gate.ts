// The phase gate: every target of the plan, and the rows of `npm run bench`, measured in one run on this machine, next to
// the machine's own floor. Tests and coverage are read from what `npm test` left behind; run that first.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, platform, release, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { measureRows, SHORT } from "../packages/benchmarks/src/groups.ts";
import { countTests, publishedPackages, readCoverage } from "./gate/count-evidence.ts";
import { DOCUMENTS } from "./gate/documents.ts";

interface Check {
  readonly name: string;
  readonly target: string;
  readonly measured: string;
  readonly passed: boolean;
  /** Of a measured bar that is missed, but by no more than a busy machine explains: that stops nothing. */
  readonly shortBecause?: string;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const [TESTS_ASKED, COVERAGE_ASKED] = [90, 85];

const checks = [...(await measure()), ...countUp()];
const report = {
  at: new Date().toISOString(),
  machine: machineFacts(),
  passed: checks.every(({ passed }) => passed),
  checks,
};
writeFileSync(path.join(root, "gate-report.json"), `${JSON.stringify(report, undefined, 2)}\n`);
print();
process.exitCode = report.passed ? 0 : 1;

async function measure(): Promise<Check[]> {
  const folder = mkdtempSync(path.join(tmpdir(), "gate-"));
  try {
    const rows = await measureRows(SHORT, folder, ({ rows: measured, seconds, crowding }) => {
      for (const { what } of measured) console.error(`measured ${what}`);
      console.error(
        `${seconds.toFixed(1)} s for these, a processor shared by ${crowding.toFixed(1)}`,
      );
    });
    return rows.map(({ what, bar, measured, verdict, reason }) => ({
      name: what,
      target: bar,
      measured,
      passed: verdict !== "far",
      ...(verdict !== "pass" && { shortBecause: reason }),
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function countUp(): Check[] {
  const { passed, failed, skipped, reports } = countTests(root);
  const covered = new Map(readCoverage(root).map((entry) => [entry.packageName, entry]));
  const missing = DOCUMENTS.filter((name) => !existsSync(path.join(root, name)));
  return [
    {
      name: "tests",
      target: `≥ ${TESTS_ASKED}, all passing`,
      measured:
        reports === 0
          ? "no reports: run `npm test`"
          : `${passed} passed, ${failed} failed, ${skipped} skipped`,
      passed: passed >= TESTS_ASKED && failed === 0 && skipped === 0,
    },
    ...publishedPackages(root).map((name): Check => {
      const coverage = covered.get(name);
      const lowest = Math.min(coverage?.lines ?? 0, coverage?.functions ?? 0);
      const measured =
        coverage === undefined
          ? "no summary: run `npm test`"
          : `lines ${coverage.lines} %, functions ${coverage.functions} %`;
      return {
        name: `coverage of ${name}`,
        target: `> ${COVERAGE_ASKED} %`,
        measured,
        passed: lowest > COVERAGE_ASKED,
      };
    }),
    {
      name: "documents",
      target: `all ${DOCUMENTS.length}`,
      measured: missing.length === 0 ? "all there" : `missing: ${missing.join(", ")}`,
      passed: missing.length === 0,
    },
  ];
}

function machineFacts(): Record<string, string | number> {
  return {
    platform: `${platform()} ${release()}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e9),
    node: process.version,
  };
}

function print(): void {
  const rows = checks.map(({ name, target, measured, passed, shortBecause }) => [
    name,
    target,
    measured,
    passed ? (shortBecause === undefined ? "pass" : "falls short") : "FAIL",
  ]);
  const head = ["check", "target", "measured", ""];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  console.log("");
  for (const { name, shortBecause } of checks)
    if (shortBecause !== undefined) console.log(`${name}: ${shortBecause}`);
  const [passed, short] = [
    checks.filter((check) => check.passed).length,
    checks.filter((check) => check.shortBecause !== undefined).length,
  ];
  console.log(
    `${passed} of ${checks.length} checks passed, ${short} bars missed; the numbers are in gate-report.json.`,
  );
}
