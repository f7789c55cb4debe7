import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { PartReport } from "../part.ts";
import { type Bars, inMb, judgeGrowth, slope } from "./judge-growth.ts";
import type { Sample } from "./sample.ts";

export interface SoakPlan {
  readonly runs: number;
  readonly sampleEvery: number;
  /**
   * Samples before this many runs are not judged, because caches are still filling and code is
   * being compiled.
   */
  readonly warmUpRuns: number;
  readonly keep: number;
  readonly bars: Bars;
  /** Plants a leak. */
  readonly leak?: boolean;
}

const MB = 1024 * 1024;

// A run that stays in memory costs at least 5 KB. A forgotten timer, listener or map entry costs
// about 200 bytes: 2 MB for 10,000 runs. In a test of 80,000 runs, at rest and after a forced
// collection, growth was 0.05 MB, or up to 0.9 MB while code was being compiled. Without retention,
// 10,000 runs take about 80 MB of file.
const bars: Bars = {
  heapSlopeBytes: 2 * MB,
  logBytes: 17 * MB,
  usedGrowth: 1.25,
  databaseBytes: 16 * MB,
};

export const SHORT: SoakPlan = {
  runs: 10_000,
  sampleEvery: 1000,
  warmUpRuns: 3000,
  keep: 300,
  bars,
};
export const FULL: SoakPlan = {
  runs: 100_000,
  sampleEvery: 2500,
  warmUpRuns: 20_000,
  keep: 300,
  bars: { ...bars, heapSlopeBytes: MB / 2, rssSlopeBytes: MB },
};

// Without this flag, a second consecutive collection discards megabytes of idle compiled code,
// which would distort the figures.
const FLAGS = ["--expose-gc", "--no-flush-bytecode"];

/** The last line of the soak process. */
interface FinalCheck {
  readonly remainingRuns: number;
  readonly removedRuns: number;
  readonly unusedDefinitions: number;
  readonly damaged: readonly string[];
  readonly problems: readonly string[];
}

/**
 * Runs workflows in one engine in a separate process, and judges samples of the process and its
 * database.
 */
export async function soak(plan: SoakPlan): Promise<PartReport> {
  const folder = mkdtempSync(path.join(tmpdir(), "soak-"));
  try {
    const { samples, final, exitCode } = await runProcess(plan, path.join(folder, "workflow.db"));
    const judged = samples.filter(({ runs }) => runs >= plan.warmUpRuns);
    const failures = [...judgeGrowth(judged, plan.bars), ...judgeFinal(plan, final, exitCode)];
    return { triedCount: samples.at(-1)?.runs ?? 0, failures, lines: describe(judged, final) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface ProcessOutput {
  readonly samples: readonly Sample[];
  readonly final: FinalCheck | undefined;
  readonly exitCode: number | null;
}

async function runProcess(plan: SoakPlan, database: string): Promise<ProcessOutput> {
  const options = ["runs", "sampleEvery", "keep"] as const;
  const args = options.flatMap((name) => [`--${name}`, String(plan[name])]);
  const child = spawn(
    process.execPath,
    [
      ...FLAGS,
      fileURLToPath(new URL("soak-process.ts", import.meta.url)),
      "--database",
      database,
      ...args,
      ...(plan.leak === true ? ["--leak"] : []),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit") as Promise<[number | null]>;
  const samples: Sample[] = [];
  let final: FinalCheck | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const printed = JSON.parse(line) as Sample | FinalCheck;
    if ("rssBytes" in printed) samples.push(printed);
    else final = printed;
  }
  const [exitCode] = await exited;
  return { samples, final, exitCode };
}

function judgeFinal(
  plan: SoakPlan,
  final: FinalCheck | undefined,
  exitCode: number | null,
): string[] {
  if (final === undefined || exitCode !== 0)
    return [`the process exited with ${exitCode} before its last run ended`];
  const failures = [...final.damaged, ...final.problems];
  if (final.remainingRuns !== plan.keep)
    failures.push(`${final.remainingRuns} runs remain; retention keeps ${plan.keep}`);
  if (final.removedRuns !== plan.runs - plan.keep)
    failures.push(
      `${final.removedRuns} of ${plan.runs} runs were removed; expected ${plan.runs - plan.keep}`,
    );
  if (final.unusedDefinitions !== 0)
    failures.push(`${final.unusedDefinitions} unused definitions remain`);
  return failures;
}

function describe(samples: readonly Sample[], final: FinalCheck | undefined): string[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const range = (value: (sample: Sample) => number): string => {
    const all = samples.map(value);
    return `${inMb(Math.min(...all))} to ${inMb(Math.max(...all))}`;
  };
  const growth = (value: (sample: Sample) => number): string =>
    `${range(value)}, slope ${inMb(slope(samples, value))} per 10,000 runs`;
  const resources = (sample: Sample): string =>
    Object.entries(sample.resources)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", ") || "none";
  return [
    `${samples.length} samples at rest, from ${first.runs} to ${last.runs} runs`,
    `heap    ${growth(({ heapBytes }) => heapBytes)}`,
    `process ${growth(({ rssBytes }) => rssBytes)}`,
    `resources: first ${resources(first)}, last ${resources(last)}; ` +
      `file descriptors: first ${first.fileDescriptors}, last ${last.fileDescriptors}`,
    `database ${range(({ databaseBytes }) => databaseBytes)}, ` +
      `in use ${range(({ usedBytes }) => usedBytes)}, ` +
      `log ${range(({ logBytes }) => logBytes)}, ${last.storedRuns} runs in it`,
    ...(final === undefined
      ? []
      : [
          `retention removed ${final.removedRuns} runs; ` +
            `the ${final.remainingRuns} that remain were verified`,
        ]),
  ];
}
