/** The median: the middle value, or the mean of the two middle values. NaN for an empty list. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? upper)) / 2 : upper;
}

/** Runs the action and returns how long it took, in ms. */
export async function timed(action: () => unknown): Promise<number> {
  const startedAt = performance.now();
  await action();
  return performance.now() - startedAt;
}

/** The minimum confidence of an interval. */
const CONFIDENCE = 0.95;

export interface MedianInterval {
  readonly low: number;
  readonly high: number;
  /** The probability that the interval contains the true median, 0 to 1. */
  readonly confidence: number;
}

/**
 * The sign-test interval of the median: the k-th smallest and the k-th largest value, with the
 * largest k that keeps 95 % confidence. It assumes only that the values are independent: each value
 * is below the true median with probability one half, so the interval misses the median only if
 * fewer than k of n fair coin tosses come up on one side. Fewer than 6 values cannot reach 95 %;
 * their interval is the whole range.
 */
export function medianInterval(values: readonly number[]): MedianInterval {
  const sorted = [...values].sort((a, b) => a - b);
  const count = sorted.length;
  let k = 1;
  while (confidenceOf(k + 1, count) >= CONFIDENCE) k += 1;
  return {
    low: sorted[k - 1] ?? Number.NaN,
    high: sorted[count - k] ?? Number.NaN,
    confidence: confidenceOf(k, count),
  };
}

// 1 - 2 P(X < k) for X binomial over `count` fair coins.
function confidenceOf(k: number, count: number): number {
  let [term, below] = [0.5 ** count, 0];
  for (let heads = 0; heads < k; heads += 1) {
    below += term;
    term *= (count - heads) / (heads + 1);
  }
  return 1 - 2 * below;
}
