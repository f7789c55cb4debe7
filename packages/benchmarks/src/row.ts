/** `far` is so far off the bar that no noise of a machine explains it. */
export type Verdict = "pass" | "short" | "far";

/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly bar: string;
  readonly measured: string;
  readonly verdict: Verdict;
  /** How many times off the bar it is, over how many times would be far: above 1 is `far`. */
  readonly farness: number;
  /** A miss that is known of: `--strict` lets it be, unless it is `far`. */
  readonly isKnown: boolean;
  /** What the figure is made of; said only of a row that misses its bar. */
  readonly reason: string;
}

export interface RowDetails {
  readonly unit: string;
  /** What the figure is made of, as a profile or a count told. */
  readonly reason: string;
  readonly known?: true;
  /** How many times off the bar is `far`: 2, if it is not said. */
  readonly slack?: number;
  /** What the bare disk took for the same commits, in the unit of the row: added to the bar when `far` is judged. */
  readonly diskTook?: number;
  /** What was measured beside it in the same rounds. */
  readonly note?: string;
}

const SLACK = 2;

/** The slack of plain times and rates: on a machine that is shared they are off by more than ratios are. */
export const BUSY = 4;

/** A row that holds when `value` is at most `limit`. */
export function atMost(what: string, value: number, limit: number, details: RowDetails): Row {
  return compare(
    what,
    "≤",
    value,
    limit,
    value <= limit,
    value / (limit + (details.diskTook ?? 0)),
    details,
  );
}

/** A row that holds when `value` is at least `limit`. */
export function atLeast(what: string, value: number, limit: number, details: RowDetails): Row {
  return compare(what, "≥", value, limit, value >= limit, limit / value, details);
}

function compare(
  what: string,
  sign: string,
  value: number,
  limit: number,
  holds: boolean,
  timesOff: number,
  details: RowDetails,
): Row {
  const { unit, reason, known = false, slack = SLACK, note } = details;
  // Asked this way round, a figure that is no number is far off.
  const verdict = holds ? "pass" : timesOff <= slack ? "short" : "far";
  const measured = `${shorten(value)}${unit}${note === undefined ? "" : ` (${note})`}`;
  return {
    what,
    bar: `${sign} ${shorten(limit)}${unit}`,
    measured,
    verdict,
    farness: timesOff / slack,
    isKnown: known,
    reason,
  };
}

/** The row as it is judged where this process got only a part of a processor: what is `far` has to be further off by as much. */
export function judgeCrowded(row: Row, crowding: number): Row {
  return row.verdict === "far" && row.farness <= crowding ? { ...row, verdict: "short" } : row;
}

/** Three digits or so: 0.612, 12.3, 20,000. */
export function shorten(value: number): string {
  return value.toLocaleString("en-US", {
    maximumFractionDigits: value < 1 ? 3 : value < 100 ? 2 : 0,
  });
}
