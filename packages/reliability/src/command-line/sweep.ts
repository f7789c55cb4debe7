/** The number of points tried at once. Small machines have two processors. */
const CONCURRENCY = 2;

/** One series of points. */
export interface Series {
  readonly first: number;
  readonly every: number;
  /** Tries point `n`. Resolves to false if the point was not reached, which ends the series. */
  readonly try: (n: number) => Promise<boolean>;
}

/**
 * Tries each series at `first`, `first + every`, … until a point is not reached, `concurrency`
 * points at a time. Resolves to the number of points reached, by series.
 */
export async function sweep(
  series: readonly Series[],
  concurrency = CONCURRENCY,
): Promise<number[]> {
  const reached = series.map(() => 0);
  const next = series.map(({ first }) => first);
  const hasEnded = series.map(() => false);
  const work = async (): Promise<void> => {
    for (;;) {
      const index = hasEnded.indexOf(false);
      const one = series[index];
      if (one === undefined) return;
      const n = next[index] ?? one.first;
      next[index] = n + one.every;
      if (await one.try(n)) reached[index] = (reached[index] ?? 0) + 1;
      else hasEnded[index] = true;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return reached;
}
