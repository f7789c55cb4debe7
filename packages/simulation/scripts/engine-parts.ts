import { Databases, runEngineSeed, type SeedTotals, simulateSeeds } from "@automatosx/simulation";
import type { Part, PartOptions, PartReport, SeedReplay } from "./part.ts";

const SEEDS = 20_000;
const SEEDS_FULL = 400_000;

async function runSeeds({ full, seedCount, firstSeed = 1 }: PartOptions): Promise<PartReport> {
  const began = performance.now();
  const totals = await simulateSeeds({
    seedCount: seedCount ?? (full ? SEEDS_FULL : SEEDS),
    firstSeed,
  });
  const seconds = (performance.now() - began) / 1000;
  return {
    triedCount: totals.seedCount,
    failures: failuresOf(totals),
    lines: linesOf(totals, seconds),
  };
}

function failuresOf({ failed, failedCount }: SeedTotals): string[] {
  const stories = failed.map(({ seed, failures, faults, trace }) =>
    [
      `seed ${seed}: ${failures.join("; ")}`,
      ...faults.map((fault) => `  fault: ${fault}`),
      ...trace.map((line) => `  ${line}`),
    ].join("\n"),
  );
  const others = failedCount - failed.length;
  return others > 0 ? [...stories, `and ${others} more seeds`] : stories;
}

function linesOf({ seedCount, runCount, faultCount, endings }: SeedTotals, seconds: number) {
  const perSecond = (seedCount / seconds).toFixed(0);
  return [
    `${seedCount} worlds with ${runCount} runs on SQLite, ${faultCount} faults, ` +
      `in ${seconds.toFixed(1)} s (${perSecond} worlds per second)`,
    `${endings.completed} completed, ${endings.failed} failed, ${endings.cancelled} cancelled, ` +
      `${endings.open} never ended`,
  ];
}

async function replay(seed: number): Promise<SeedReplay> {
  const databases = new Databases();
  try {
    const { ok, faults, trace, failures } = await runEngineSeed({ seed, databases });
    return {
      lines: [...faults.map((fault) => `fault: ${fault}`), ...trace, ...failures],
      isFailed: !ok,
    };
  } finally {
    databases.close();
  }
}

/** Worlds with the real engine on SQLite, from the built package. */
export const engineParts: readonly Part[] = [{ name: "engine", run: runSeeds, replay }];
