/** One line of the table. */
export interface Row {
  readonly what: string;
  readonly bar: string;
  readonly measured: string;
  readonly passed: boolean;
  /** Why it falls short, as far as a profile told. */
  readonly reason?: string;
}

/** A row that holds when `value` is at most `limit`. */
export function atMost(what: string, value: number, limit: number, unit: string, reason?: string, note?: string): Row {
  return compare(what, value, limit, unit, "≤", value <= limit, reason, note);
}

/** A row that holds when `value` is at least `limit`. */
export function atLeast(what: string, value: number, limit: number, unit: string, reason?: string, note?: string): Row {
  return compare(what, value, limit, unit, "≥", value >= limit, reason, note);
}

function compare(
  what: string,
  value: number,
  limit: number,
  unit: string,
  sign: string,
  passed: boolean,
  reason?: string,
  note?: string,
): Row {
  const measured = `${shorten(value)}${unit}${note === undefined ? "" : ` (${note})`}`;
  return { what, bar: `${sign} ${shorten(limit)}${unit}`, measured, passed, ...(!passed && reason !== undefined && { reason }) };
}

/** Three digits or so: 0.612, 12.3, 20,000. */
function shorten(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 1 ? 3 : value < 100 ? 2 : 0 });
}
