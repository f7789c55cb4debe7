import type { Row } from "../row.ts";
import { median, medianInterval } from "../statistics.ts";

/** A row of one version, as the process that measured it prints it. */
export type Figure = Pick<Row, "id" | "what" | "value" | "unit" | "better">;

/** One row of both versions, measured one right after the other. */
export interface Pair {
  readonly ours: number;
  readonly theirs: number;
}

export interface Comparison {
  /** The median of the pairs' ratios ours/theirs, and its interval. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly verdict: "better" | "same" | "worse";
}

/** Changes within this factor are not reported. */
export const TOLERANCE = 1.05;

/**
 * Compares two versions by pairs. The ratio of a pair cancels what slows both of its halves. A
 * version is worse, or better, when the whole interval of the median ratio lies beyond the
 * tolerance on that side; everything else is `same`, also where the interval is wide.
 */
export function comparePairs(pairs: readonly Pair[], better: Row["better"]): Comparison {
  const ratios = pairs.map(({ ours, theirs }) => (ours === theirs ? 1 : ours / theirs));
  const { low, high } = medianInterval(ratios);
  const isMore = low > TOLERANCE;
  const isLess = high < 1 / TOLERANCE;
  const [verdictOfMore, verdictOfLess] =
    better === "less" ? (["worse", "better"] as const) : (["better", "worse"] as const);
  const verdict = isMore ? verdictOfMore : isLess ? verdictOfLess : "same";
  return { ratio: median(ratios), low, high, verdict };
}

/** An interval that is wide enough to hide a change beyond the tolerance on both sides. */
export const isWide = ({ low, high }: Comparison): boolean => high / low > TOLERANCE * TOLERANCE;
