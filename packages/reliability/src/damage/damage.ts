import { inWorker } from "../in-worker.ts";
import type { Part, PartReport } from "../part.ts";
import type { SalvagesReport, SalvagesRequest } from "./damage-and-salvage.ts";
import type { FlipsReport, FlipsRequest } from "./flip-bits.ts";
import { type DatabaseFiles, writeInterruptedFiles } from "./interrupted-files.ts";

const WORKERS = 2;
const FLIPS = { short: 10_000, full: 100_000 };
const RESUME_EVERY = 100;
const SALVAGES = { short: 360, full: 9000 };

/**
 * Flips one bit at a time in the file and the log of a database with three runs, one of them killed
 * halfway. Every question must then get the right answer, or a refusal that reports where the
 * damage is. Then damages the files in other ways too and salvages them: each run must be kept as
 * it was or be reported with a loss.
 */
export const damage: Part = {
  name: "damage",
  async run({ full }): Promise<PartReport> {
    const files = writeInterruptedFiles();
    const share = (full ? FLIPS.full : FLIPS.short) / WORKERS;
    const reports = await Promise.all(
      Array.from({ length: WORKERS }, (_, worker) => {
        const request: FlipsRequest = {
          files,
          firstSeed: 1 + worker * share,
          flipCount: share,
          resumeEvery: RESUME_EVERY,
        };
        return inWorker<FlipsReport>(new URL("./flip-worker.ts", import.meta.url), request);
      }),
    );
    const salvages = await salvageAll(files, (full ? SALVAGES.full : SALVAGES.short) / WORKERS);
    const counts = sumByName(reports.map((report) => report.counts));
    const codes = sumByName(reports.map((report) => report.codes));
    const failures = [...reports, ...salvages].flatMap((report) => report.failures);
    const triedCount = reports.reduce((sum, { flipCount }) => sum + flipCount, 0);
    const salvageCount = salvages.reduce((sum, report) => sum + report.salvageCount, 0);
    const lossCount = salvages.reduce((sum, report) => sum + report.lossCount, 0);
    const resumedCount = reports.reduce((sum, report) => sum + report.resumedCount, 0);
    // Flips in bytes that are never read prove nothing.
    const reportedCount = counts["reported"] ?? 0;
    if (reportedCount < triedCount / 10)
      failures.push(
        `only ${reportedCount} flips were reported: most of them hit bytes that are never read`,
      );
    // Damage that is always harmless proves nothing.
    if (lossCount < salvageCount / 4)
      failures.push(`only ${lossCount} of ${salvageCount} salvages reported a loss`);
    const lines = [
      ...linesOf(triedCount, resumedCount, counts, codes),
      `${salvageCount} salvages after other damage: ${lossCount} reported a loss`,
    ];
    return { triedCount: triedCount + salvageCount, failures, lines };
  },
};

function salvageAll(files: DatabaseFiles, share: number): Promise<SalvagesReport[]> {
  return Promise.all(
    Array.from({ length: WORKERS }, (_, worker) => {
      const request: SalvagesRequest = {
        files,
        firstSeed: 1 + worker * share,
        salvageCount: share,
      };
      return inWorker<SalvagesReport>(new URL("./salvage-worker.ts", import.meta.url), request);
    }),
  );
}

function linesOf(
  triedCount: number,
  resumedCount: number,
  counts: Record<string, number>,
  codes: Record<string, number>,
): string[] {
  const { right = 0, reported = 0, unfinished = 0, failures = 0 } = counts;
  const refusals = Object.entries(codes).map(([code, count]) => `${count} ${code}`);
  return [
    `${triedCount} flips: ${reported} reported, ${right} harmless, ` +
      `${unfinished} read as a torn last commit, ${failures} wrong answers`,
    `  refusals by code: ${refusals.join(", ")}`,
    `  after ${resumedCount} of the flips: run resumed, database salvaged, retention applied`,
  ];
}

function sumByName(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((one) => Object.entries(one)))
    sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
