// The phase gate: every target of the plan, measured in one run on this machine, next to the machine's own floor.
// Tests and coverage are read from what `npm test` left behind; run that first.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, platform, release, tmpdir, totalmem } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { countTests, publishedPackages, readCoverage } from "./gate/count-evidence.ts";
import { DOCUMENTS } from "./gate/documents.ts";
import { measureEngine } from "./gate/measure-engine.ts";
import { measureFloor } from "./gate/measure-floor.ts";

interface Check {
  readonly name: string;
  readonly target: string;
  readonly measured: string;
  /** How many bare one-row transactions fit in the same time. */
  readonly timesFloor?: number;
  readonly passed: boolean;
}

const root = fileURLToPath(new URL("..", import.meta.url));
const [TESTS_ASKED, COVERAGE_ASKED, PARALLEL_ALLOWED] = [90, 85, 1.5];

const { checks, floorMs } = await measure();
checks.push(...countUp());
const report = { at: new Date().toISOString(), machine: machineFacts(), floorMs, passed: checks.every(({ passed }) => passed), checks };
writeFileSync(path.join(root, "gate-report.json"), `${JSON.stringify(report, undefined, 2)}\n`);
print();
process.exitCode = report.passed ? 0 : 1;

async function measure(): Promise<{ checks: Check[]; floorMs: number }> {
  const folder = mkdtempSync(path.join(tmpdir(), "gate-"));
  try {
    const floor = measureFloor(folder);
    const engine = await measureEngine(folder);
    const below = (name: string, limitMs: number, measuredMs: number): Check => ({
      name,
      target: `< ${limitMs} ms`,
      measured: `${measuredMs.toFixed(2)} ms`,
      timesFloor: measuredMs / floor,
      passed: measuredMs < limitMs,
    });
    return {
      floorMs: floor,
      checks: [
        below("workflow initiation", 500, engine.initiationMs),
        below("step overhead", 100, engine.stepOverheadMs),
        below("checkpoint creation", 200, engine.checkpointMs),
        below("database write", 10, engine.writeMs),
        {
          name: "50 parallel steps against one",
          target: `about 1× (≤ ${PARALLEL_ALLOWED}×)`,
          measured: `${engine.parallelRatio.toFixed(2)}×`,
          passed: engine.parallelRatio <= PARALLEL_ALLOWED,
        },
      ],
    };
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
      measured: reports === 0 ? "no reports: run `npm test`" : `${passed} passed, ${failed} failed, ${skipped} skipped`,
      passed: passed >= TESTS_ASKED && failed === 0 && skipped === 0,
    },
    ...publishedPackages(root).map((name): Check => {
      const coverage = covered.get(name);
      const lowest = Math.min(coverage?.lines ?? 0, coverage?.functions ?? 0);
      const measured =
        coverage === undefined ? "no summary: run `npm test`" : `lines ${coverage.lines} %, functions ${coverage.functions} %`;
      return { name: `coverage of ${name}`, target: `> ${COVERAGE_ASKED} %`, measured, passed: lowest > COVERAGE_ASKED };
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
  const rows = checks.map(({ name, target, measured, timesFloor, passed }) => [
    name,
    target,
    measured,
    timesFloor === undefined ? "" : `${timesFloor.toFixed(1)}×`,
    passed ? "pass" : "FAIL",
  ]);
  const head = ["check", "target", "measured", "of floor", ""];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
  console.log(`\nfloor: ${floorMs.toFixed(3)} ms for a bare transaction of one row, synchronous=FULL, on this machine.`);
  console.log(`${checks.filter(({ passed }) => passed).length} of ${checks.length} checks passed; the numbers are in gate-report.json.`);
}
