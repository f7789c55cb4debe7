/** Matches a text in which a JSON number might change when it is read. */
const SUSPICIOUS = /\d{16}|[eE][+-]?\d{3}/;

/** Matches an integer written without a fraction or an exponent, in JSON or in YAML. */
const INTEGER = /^[-+]?(?:\d+|0x[0-9a-f]+|0o[0-7]+)$/i;

/**
 * Whether the text might contain a number that changes when it is read. Takes one pass, and false
 * means that it does not.
 */
export function mayHoldInexactNumber(text: string): boolean {
  return SUSPICIOUS.test(text);
}

/**
 * Returns what happens to a number when it is read, or undefined if it keeps its value. An integer
 * must be within ±(2^53 − 1), and no number may become infinite, or 0 unless it is 0. A fraction is
 * rounded to the nearest double, as everywhere.
 */
export function numberChange(written: string, value: number): string | undefined {
  if (!Number.isFinite(value)) return "is not finite";
  if (INTEGER.test(written) && !Number.isSafeInteger(value)) return `would be read as ${value}`;
  // The digits of the mantissa: an exponent does not make a number 0.
  if (value === 0 && !/^[-+]?0[xo]/i.test(written) && /^[^eE]*[1-9]/.test(written))
    return "would be read as 0";
  return undefined;
}
