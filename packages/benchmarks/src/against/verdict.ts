import type { Row } from "../row.ts";
import { median, medianInterval } from "../statistics.ts";

/** A row of one version, as printed by the process that measured it. */
export type Figure = Pick<Row, "id" | "what" | "value" | "unit" | "better">;

/** The same row from both versions, measured back to back. */
export interface Pair {
  readonly ours: number;
  readonly theirs: number;
}

export interface Comparison {
  /** The median of the ratios ours/theirs over all pairs, and its interval. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly verdict: "better" | "same" | "worse";
}

/** Changes within this factor are not reported. */
export const TOLERANCE = 1.05;

/**
 * Compares two versions by pairs. The ratio of a pair cancels anything that slows both halves. A
 * version is worse, or better, only if the whole interval of the median ratio is beyond the
 * tolerance on that side. Anything else is `same`, even if the interval is wide.
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

/** Whether the interval is wide enough to hide a change beyond the tolerance on both sides. */
export const isWide = ({ low, high }: Comparison): boolean => high / low > TOLERANCE * TOLERANCE;
