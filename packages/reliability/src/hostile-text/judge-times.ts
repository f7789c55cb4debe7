/** The lengths at which a text is read, in characters. The last is below the limit of a file. */
export const LENGTHS: readonly number[] = [64 * 1024, 256 * 1024, 1024 * 1024 - 1024];
/** The lengths for a quick answer. */
export const SHORT_LENGTHS: readonly number[] = LENGTHS.slice(0, 2);

/** How long it takes to read a text. */
export interface Measured {
  readonly name: string;
  /** Processor time for each length, in ms. Each length is four times the one before it. */
  readonly ms: readonly number[];
}

/** The time for four times the text may be this many times the time for the text. */
const MAX_GROWTH = 4 * 1.3;
/** Below this time, in ms, growth is not judged: the collector and the compiler dominate. */
const LEAST_MS = 50;
const MAX_MS = 2000;
/** The most memory of a process that reads the longest text, in MiB. */
const MAX_MEBIBYTES = 300;

/** Returns what is wrong, or undefined. */
export function judgeTimes({ name, ms }: Measured): string | undefined {
  const [shorter = 0, longest = 0] = ms.slice(-2);
  const shown = `${name}: ${ms.map((each) => each.toFixed(1)).join(", ")} ms`;
  if (longest > MAX_MS) return `${shown}; at most ${MAX_MS} are allowed`;
  return longest > LEAST_MS && longest > shorter * MAX_GROWTH
    ? `${shown}: more than linear`
    : undefined;
}

/** Returns what is wrong, or undefined. */
export function judgeMemory(name: string, mebibytes: number): string | undefined {
  return mebibytes > MAX_MEBIBYTES
    ? `${name}: ${Math.round(mebibytes)} MiB; at most ${MAX_MEBIBYTES} are allowed`
    : undefined;
}
