import type { Sample } from "./sample.ts";

export interface Bars {
  /** Growth of the heap for each 10,000 runs, in bytes. */
  readonly heapSlopeBytes: number;
  /** The same of the whole process; only a long soak can tell it from noise. */
  readonly rssSlopeBytes?: number;
  /** The log after a burst: what SQLite cuts it back to, and some. */
  readonly logBytes: number;
  /** How much more of the file may be in use than at the first sample, with as many runs in it. */
  readonly usedGrowth: number;
  /** The file: it keeps the size of the largest burst of runs that retention had not come to yet. */
  readonly databaseBytes: number;
}

const PER = 10_000;
const MB = 1024 * 1024;

/** What grew that should not: one line each; none when all stayed level. */
export function judge(samples: readonly Sample[], bars: Bars): string[] {
  const failures: string[] = [];
  const [first] = samples;
  if (first === undefined || samples.length < 4)
    return [`only ${samples.length} samples: too few to tell a slope`];
  const heap = slope(samples, ({ heapBytes }) => heapBytes);
  if (heap > bars.heapSlopeBytes)
    failures.push(
      `the heap grows by ${inMb(heap)} for each 10,000 runs; the bar is ${inMb(bars.heapSlopeBytes)}`,
    );
  const rss = slope(samples, ({ rssBytes }) => rssBytes);
  if (bars.rssSlopeBytes !== undefined && rss > bars.rssSlopeBytes) {
    failures.push(
      `the process grows by ${inMb(rss)} for each 10,000 runs; the bar is ${inMb(bars.rssSlopeBytes)}`,
    );
  }
  for (const sample of samples.slice(1)) {
    const after = `after ${sample.runs} runs`;
    for (const [kind, count] of Object.entries(sample.resources)) {
      const before = first.resources[kind] ?? 0;
      if (count > before)
        failures.push(`${after} ${count} × ${kind} keep the process alive; it was ${before}`);
    }
    if (sample.fileDescriptors > first.fileDescriptors) {
      failures.push(
        `${after} ${sample.fileDescriptors} file descriptors are open; it was ${first.fileDescriptors}`,
      );
    }
    if (sample.logBytes > bars.logBytes)
      failures.push(
        `${after} the log has ${inMb(sample.logBytes)}; the bar is ${inMb(bars.logBytes)}`,
      );
    if (sample.usedBytes > first.usedBytes * bars.usedGrowth) {
      failures.push(
        `${after} ${inMb(sample.usedBytes)} of the database are in use; it was ${inMb(first.usedBytes)} with as many runs`,
      );
    }
    if (sample.databaseBytes > bars.databaseBytes) {
      failures.push(
        `${after} the database has ${inMb(sample.databaseBytes)}; the bar is ${inMb(bars.databaseBytes)}`,
      );
    }
  }
  return failures;
}

/** Of the straight line closest to the samples: growth for each 10,000 runs, in bytes. */
export function slope(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const [meanRuns, meanValue] = [mean(samples.map(({ runs }) => runs)), mean(samples.map(value))];
  let [above, below] = [0, 0];
  for (const sample of samples) {
    above += (sample.runs - meanRuns) * (value(sample) - meanValue);
    below += (sample.runs - meanRuns) ** 2;
  }
  return (above / below) * PER;
}

export function inMb(bytes: number): string {
  return `${(bytes / MB).toFixed(2)} MB`;
}
