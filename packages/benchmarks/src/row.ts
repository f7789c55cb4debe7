import { type RowId, TITLES } from "./titles.ts";

/** `far` means further from the bar than machine noise can explain. */
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
  /** The factor by which the row misses its bar, divided by its slack. Above 1 is `far`. */
  readonly farness: number;
  /** True for an explained miss, which `--strict` accepts unless it is `far`. */
  readonly isKnown: boolean;
  /** What makes up the figure; printed only for a row that misses its bar. */
  readonly reason: string;
}

export interface RowDetails {
  readonly unit: string;
  /** What makes up the figure, according to a profile or a count. */
  readonly reason: string;
  readonly known?: true;
  /** The factor beyond which a missed bar is `far`. Default 2. */
  readonly slack?: number;
  /**
   * The time of the same commits on the bare disk, in `unit`. Added to the bar only to decide
   * `far`.
   */
  readonly diskTook?: number;
  /** Other figures measured in the same rounds. */
  readonly note?: string;
}

const SLACK = 2;

/** The slack for times and rates, which vary more than ratios on a shared machine. */
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
  // NaN is never within the slack, so it is `far`.
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
 * Judges a row again for a process that had only part of a processor. `crowding` is how many times
 * longer work took than on a dedicated processor; the limit for `far` grows by the same factor.
 */
export function judgeCrowded(row: Row, crowding: number): Row {
  return row.verdict === "far" && row.farness <= crowding ? { ...row, verdict: "short" } : row;
}

/** Formats a number with about three digits: 0.612, 12.3, 20,000. */
export function shorten(value: number): string {
  return value.toLocaleString("en-US", {
    maximumFractionDigits: value < 1 ? 3 : value < 100 ? 2 : 0,
  });
}
