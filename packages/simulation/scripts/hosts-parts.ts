import { Databases, runHostsSeed } from "@automatosx/simulation";
import { addUp, doJobs, type Job } from "./jobs.ts";
import type { Part, PartOptions, PartReport, SeedReplay } from "./part.ts";

const SEEDS = 600;
const SEEDS_FULL = 20_000;
const SEEDS_PER_JOB = 50;

const number = (value: number): string => value.toLocaleString("en");

async function runSeeds({ full, seedCount, firstSeed = 1 }: PartOptions): Promise<PartReport> {
  const count = seedCount ?? (full ? SEEDS_FULL : SEEDS);
  const jobs = Array.from({ length: Math.ceil(count / SEEDS_PER_JOB) }, (_, index): Job => {
    const tried = index * SEEDS_PER_JOB;
    return {
      type: "hosts",
      from: firstSeed + tried,
      count: Math.min(SEEDS_PER_JOB, count - tried),
    };
  });
  const began = performance.now();
  const { triedCount, choiceCount, tally, failedSeeds, failures } = addUp(await doJobs(jobs));
  const seconds = (performance.now() - began) / 1000;
  const { runs = 0, ...faults } = tally;
  const told = failures.length;
  return {
    triedCount,
    failures: [
      ...failures,
      ...failedSeeds.slice(told).map((seed) => `seed ${seed} or another one fails`),
    ],
    lines: [
      `${number(triedCount)} worlds of three hosts with ${number(runs)} runs and ` +
        `${number(choiceCount)} attempts, in ${seconds.toFixed(1)} s`,
      Object.entries(faults)
        .toSorted(([, a], [, b]) => b - a)
        .map(([kind, times]) => `${kind} ${number(times)}`)
        .join(", "),
      "one seed, line by line: npm run sim -- --part hosts --seed N",
    ],
  };
}

async function replay(seed: number): Promise<SeedReplay> {
  const databases = new Databases();
  try {
    const { ok, faults, trace, failures } = await runHostsSeed({ seed, databases });
    return {
      lines: [...faults.map((fault) => `fault: ${fault}`), ...trace, ...failures],
      isFailed: !ok,
    };
  } finally {
    databases.close();
  }
}

/** Worlds of three engines on one database, with leases by its clock and a network that fails. */
export const hostsParts: readonly Part[] = [{ name: "hosts", run: runSeeds, replay }];
