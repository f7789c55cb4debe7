import { inWorker } from "../in-worker.ts";
import type { Part, PartReport } from "../part.ts";
import type { FlipsReport, FlipsRequest } from "./flip-bits.ts";
import { halfRun } from "./half-run.ts";

const WORKERS = 2;
const FLIPS = { short: 10_000, full: 100_000 };
const RESUME_EVERY = 100;

/**
 * One flipped bit at a time in the file and the log of three runs, one of them killed half-way: every question then has the
 * right answer, or a refusal that names the place.
 */
export const damage: Part = {
  name: "damage",
  async run({ full }): Promise<PartReport> {
    const files = halfRun();
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
    const counts = added(reports.map((report) => report.counts));
    const failures = reports.flatMap((report) => report.failures);
    const triedCount = reports.reduce((sum, { flipCount }) => sum + flipCount, 0);
    const resumedCount = reports.reduce((sum, report) => sum + report.resumedCount, 0);
    // Flips that harm nothing prove nothing.
    if ((counts["reported"] ?? 0) < triedCount / 10)
      failures.push(
        `only ${counts["reported"] ?? 0} flips were reported: the flips miss what matters`,
      );
    return {
      triedCount,
      failures,
      lines: linesOf(
        triedCount,
        resumedCount,
        counts,
        added(reports.map((report) => report.codes)),
      ),
    };
  },
};

function linesOf(
  triedCount: number,
  resumedCount: number,
  counts: Record<string, number>,
  codes: Record<string, number>,
): string[] {
  const { right = 0, reported = 0, unfinished = 0, failures = 0 } = counts;
  const named = Object.entries(codes).map(([code, count]) => `${count} ${code}`);
  return [
    `${triedCount} flips: ${reported} reported, ${right} harmless, ${unfinished} taken for a last commit that the power cut, ${failures} wrong answers`,
    `  refusals by code: ${named.join(", ")}; after ${resumedCount} of the flips the killed run was also resumed to its end, and the database salvaged`,
  ];
}

function added(counts: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [name, count] of counts.flatMap((one) => Object.entries(one)))
    sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
