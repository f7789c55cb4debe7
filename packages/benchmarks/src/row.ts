import { type RowId, TITLES } from "./titles.ts";

/** `far` is further from the bar than the noise of a machine explains. */
export type Verdict = "pass" | "short" | "far";

/** One line of the table. */
export interface Row {
  readonly id: RowId;
  readonly what: string;
  readonly bar: string;
  readonly measured: string;
  /** The measured figure, in `unit`. */
  readonly value: number;
  readonly unit: string;
  /** The direction in which the figure improves. */
  readonly better: "less" | "more";
  readonly verdict: Verdict;
  /** The factor by which the row misses its bar, over its slack: above 1 is `far`. */
  readonly farness: number;
  /** A miss that is explained: `--strict` accepts it, unless it is `far`. */
  readonly isKnown: boolean;
  /** What the figure consists of; printed only for a row that misses its bar. */
  readonly reason: string;
}

export interface RowDetails {
  readonly unit: string;
  /** What the figure consists of, from a profile or a count. */
  readonly reason: string;
  readonly known?: true;
  /** The factor off the bar that is `far`; 2 by default. */
  readonly slack?: number;
  /** What the bare disk takes for the same commits, in `unit`: added to the bar for `far` alone. */
  readonly diskTook?: number;
  /** What was measured beside the figure in the same rounds. */
  readonly note?: string;
}

const SLACK = 2;

/** The slack of plain times and rates: on a shared machine they vary more than ratios do. */
export const BUSY = 4;

/** A row that passes when `value` is at most `limit`. */
export function atMost(id: RowId, value: number, limit: number, details: RowDetails): Row {
  const isMet = value <= limit;
  const timesOff = value / (limit + (details.diskTook ?? 0));
  return judge({ id, value, better: "less" }, limit, isMet, timesOff, details);
}

/** A row that passes when `value` is at least `limit`. */
export function atLeast(id: RowId, value: number, limit: number, details: RowDetails): Row {
  return judge({ id, value, better: "more" }, limit, value >= limit, limit / value, details);
}

function judge(
  figure: Pick<Row, "id" | "value" | "better">,
  limit: number,
  isMet: boolean,
  timesOff: number,
  { unit, reason, known, slack = SLACK, note }: RowDetails,
): Row {
  // NaN is not at most the slack, so it is `far`.
  const verdict = isMet ? "pass" : timesOff <= slack ? "short" : "far";
  return {
    ...figure,
    what: TITLES[figure.id],
    unit,
    bar: `${figure.better === "less" ? "≤" : "≥"} ${shorten(limit)}${unit}`,
    measured: `${shorten(figure.value)}${unit}${note === undefined ? "" : ` (${note})`}`,
    verdict,
    farness: timesOff / slack,
    isKnown: known === true,
    reason,
  };
}

/**
 * The row as judged where this process got only a part of a processor: `crowding` is how many times
 * longer work took than on a processor of its own, and a `far` row must be further off by as much.
 */
export function judgeCrowded(row: Row, crowding: number): Row {
  return row.verdict === "far" && row.farness <= crowding ? { ...row, verdict: "short" } : row;
}

/** About three digits: 0.612, 12.3, 20,000. */
export function shorten(value: number): string {
  return value.toLocaleString("en-US", {
    maximumFractionDigits: value < 1 ? 3 : value < 100 ? 2 : 0,
  });
}
