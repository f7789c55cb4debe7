import { simulateSeeds } from "./simulate-seeds.js";

/** What one part of a reliability command tried, and what it found. */
export interface PartReport {
  /** How many seeds were tried. */
  readonly triedCount: number;
  /** One line for each promise that was broken, with the seed; empty when all held. */
  readonly failures: readonly string[];
  /** Lines for the reader. */
  readonly lines: readonly string[];
}

/** Seeds of one run of the part, and of its long form. */
const SEEDS = 20_000;
const SEEDS_OF_A_NIGHT = 400_000;

/** The engine half of `npm run sim`: seeded worlds with the real engine on real SQLite files. */
export const enginePart = {
  name: "engine",
  async run(options: {
    readonly full: boolean;
    readonly firstSeed?: number;
    readonly seedCount?: number;
  }): Promise<PartReport> {
    const seedCount = options.seedCount ?? (options.full ? SEEDS_OF_A_NIGHT : SEEDS);
    const startedAt = performance.now();
    const totals = await simulateSeeds({ seedCount, firstSeed: options.firstSeed ?? 1 });
    const seconds = (performance.now() - startedAt) / 1000;
    const { endings, failed, failedCount } = totals;
    const untold = failedCount - failed.length;
    return {
      triedCount: totals.seedCount,
      failures: [
        ...failed.map(({ seed, failures, faults, trace }) =>
          [
            `seed ${seed}: ${failures.join("; ")}`,
            ...faults.map((fault) => `  fault: ${fault}`),
            ...trace.map((line) => `  ${line}`),
          ].join("\n"),
        ),
        ...(untold > 0 ? [`and ${untold} more seeds`] : []),
      ],
      lines: [
        `${totals.seedCount} worlds with ${totals.runCount} runs on SQLite, ${totals.faultCount} faults, in ${seconds.toFixed(1)} s (${(totals.seedCount / seconds).toFixed(0)} worlds a second)`,
        `${endings.completed} completed, ${endings.failed} failed, ${endings.cancelled} cancelled, ${endings.open} never ended`,
      ],
    };
  },
};
