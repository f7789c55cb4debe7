import { z } from "zod";

/** The longest duration that a definition may contain: a year, in ms. */
export const MAX_DURATION_MS = 365 * 24 * 60 * 60 * 1000;

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

// Each unit occurs at most once and larger units come first: `30m1h` and `5m5m` are mistakes, not
// sums.
const PATTERN =
  /^(?=\d)(?:\d{1,9}(?:\.\d{1,3})?d)?(?:\d{1,9}(?:\.\d{1,3})?h)?(?:\d{1,9}(?:\.\d{1,3})?m(?!s))?(?:\d{1,9}(?:\.\d{1,3})?s)?(?:\d{1,12}ms)?$/;

const EXPECTED =
  "expected a duration such as 500ms, 30s, 20m, 1h30m or 1d, or a number of milliseconds";

/**
 * Parses a duration to ms. Returns undefined if the text is not a duration. `parseDuration("1h30m")
 * === 5_400_000`
 */
export function parseDuration(text: string): number | undefined {
  if (!PATTERN.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|[dhms])/g)) {
    total += Number(amount) * UNIT_MS[unit as keyof typeof UNIT_MS];
  }
  return Math.round(total);
}

/** Converts a valid duration, written as text or as a number, to ms. */
export function durationMs(written: Duration): number {
  return typeof written === "number" ? written : (parseDuration(written) ?? Number.NaN);
}

/** The schema of a duration, `minimumMs` or longer: `timeout` uses 1, `backoff` uses 0. */
export function durationOf(minimumMs: number): z.ZodUnion<readonly [z.ZodNumber, z.ZodString]> {
  const text = z
    .string()
    .regex(PATTERN, { error: EXPECTED, abort: true })
    .refine((value) => isWithin(parseDuration(value), minimumMs), {
      error: `expected a duration between ${minimumMs}ms and 365d`,
    });
  return z.union([z.number().min(minimumMs).max(MAX_DURATION_MS), text], { error: EXPECTED });
}

function isWithin(ms: number | undefined, minimumMs: number): boolean {
  return ms !== undefined && ms >= minimumMs && ms <= MAX_DURATION_MS;
}

/**
 * A duration as written: text such as `500ms`, `30s`, `20m`, `2h`, `1d` or `1h30m`, or a number of
 * ms.
 */
export const Duration = durationOf(0);
export type Duration = z.output<typeof Duration>;
