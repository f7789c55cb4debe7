/** Small commands are started two at a time: the machines that this runs on have two processors. */
const AT_ONCE = 2;

/** One series of points: `try` answers whether point `n` was reached. */
export interface Series {
  readonly first: number;
  readonly every: number;
  readonly try: (n: number) => Promise<boolean>;
}

/** Tries each series at `first`, `first + every`, … until a point is not reached; several at a time. Gives how many were reached, by series. */
export async function sweep(series: readonly Series[], atOnce = AT_ONCE): Promise<number[]> {
  const reached = series.map(() => 0);
  const next = series.map(({ first }) => first);
  const isOver = series.map(() => false);
  const work = async (): Promise<void> => {
    for (;;) {
      const index = isOver.indexOf(false);
      const one = series[index];
      if (one === undefined) return;
      const n = next[index] ?? one.first;
      next[index] = n + one.every;
      if (await one.try(n)) reached[index] = (reached[index] ?? 0) + 1;
      else isOver[index] = true;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return reached;
}
