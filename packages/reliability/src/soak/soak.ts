import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { PartReport } from "../part.ts";
import { type Bars, inMb, judge, slope } from "./judge.ts";
import type { Sample } from "./sample.ts";

export interface SoakPlan {
  readonly runs: number;
  readonly sampleEvery: number;
  /** Samples before this many runs are not judged: caches fill and code is compiled. */
  readonly warmUpRuns: number;
  readonly keep: number;
  readonly bars: Bars;
  readonly leak?: boolean;
}

const MB = 1024 * 1024;

// A run that stays in memory costs some 5 KB at least, a forgotten timer, listener or map entry about 200 bytes: 2 MB for 10,000
// runs. At rest and after a forced collection 80,000 runs showed 0.05 MB; while code is still being compiled it is up to 0.9 MB. Without retention 10,000 runs take some 80 MB of file.
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

// Code that has not run for a while is thrown away by the second collection in a row, megabytes at once: no part of a slope.
const FLAGS = ["--expose-gc", "--no-flush-bytecode"];

interface Ending {
  readonly leftRuns: number;
  readonly removedRuns: number;
  readonly unusedDefinitions: number;
  readonly damaged: readonly string[];
  readonly problems: readonly string[];
}

/** Runs workflows in one engine of a process of its own, and looks at what that process and its database hold in between. */
export async function soak(plan: SoakPlan): Promise<PartReport> {
  const folder = mkdtempSync(path.join(tmpdir(), "soak-"));
  try {
    const { samples, ending, exitCode } = await watch(plan, path.join(folder, "workflow.db"));
    const judged = samples.filter(({ runs }) => runs >= plan.warmUpRuns);
    const failures = [...judge(judged, plan.bars), ...judgeEnding(plan, ending, exitCode)];
    return { triedCount: samples.at(-1)?.runs ?? 0, failures, lines: describe(judged, ending) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function watch(
  plan: SoakPlan,
  database: string,
): Promise<{ samples: Sample[]; ending: Ending | undefined; exitCode: number | null }> {
  const options = ["runs", "sampleEvery", "keep"] as const;
  const args = options.flatMap((name) => [`--${name}`, String(plan[name])]);
  const child = spawn(
    process.execPath,
    [
      ...FLAGS,
      fileURLToPath(new URL("child.ts", import.meta.url)),
      "--database",
      database,
      ...args,
      ...(plan.leak === true ? ["--leak"] : []),
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exited = once(child, "exit") as Promise<[number | null]>;
  const samples: Sample[] = [];
  let ending: Ending | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as Sample | Ending;
    if ("rssBytes" in said) samples.push(said);
    else ending = said;
  }
  const [exitCode] = await exited;
  return { samples, ending, exitCode };
}

function judgeEnding(
  plan: SoakPlan,
  ending: Ending | undefined,
  exitCode: number | null,
): string[] {
  if (ending === undefined || exitCode !== 0)
    return [`the process ended with ${exitCode} before its last run`];
  const failures = [...ending.damaged, ...ending.problems];
  if (ending.leftRuns !== plan.keep)
    failures.push(`${ending.leftRuns} runs are left where ${plan.keep} are to be kept`);
  if (ending.removedRuns !== plan.runs - plan.keep)
    failures.push(`${ending.removedRuns} runs were removed of ${plan.runs}`);
  if (ending.unusedDefinitions !== 0)
    failures.push(`${ending.unusedDefinitions} definitions are left that no run has`);
  return failures;
}

function describe(samples: readonly Sample[], ending: Ending | undefined): string[] {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return [];
  const range = (value: (sample: Sample) => number): string => {
    const all = samples.map(value);
    return `${inMb(Math.min(...all))} to ${inMb(Math.max(...all))}`;
  };
  const held = (sample: Sample): string =>
    Object.entries(sample.resources)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", ") || "none";
  return [
    `${samples.length} samples at rest from ${first.runs} to ${last.runs} runs`,
    `heap    ${range(({ heapBytes }) => heapBytes)}, slope ${inMb(slope(samples, ({ heapBytes }) => heapBytes))} for 10,000 runs`,
    `process ${range(({ rssBytes }) => rssBytes)}, slope ${inMb(slope(samples, ({ rssBytes }) => rssBytes))} for 10,000 runs`,
    `resources ${held(first)} at first, ${held(last)} at last; file descriptors ${first.fileDescriptors}, ${last.fileDescriptors}`,
    `database ${range(({ databaseBytes }) => databaseBytes)}, in use ${range(({ usedBytes }) => usedBytes)}, log ${range(({ logBytes }) => logBytes)}, ${last.storedRuns} runs in it`,
    ...(ending === undefined
      ? []
      : [
          `retention removed ${ending.removedRuns} runs; the ${ending.leftRuns} that are left verify`,
        ]),
  ];
}
