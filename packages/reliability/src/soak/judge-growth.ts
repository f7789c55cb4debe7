import type { Sample } from "./sample.ts";

export interface Bars {
  /** The growth of the heap per 10,000 runs, in bytes. */
  readonly heapSlopeBytes: number;
  /**
   * The growth of the whole process per 10,000 runs, in bytes. Only a long soak can distinguish it
   * from noise.
   */
  readonly rssSlopeBytes?: number;
  /**
   * The maximum size of the log after a burst: a little more than the size to which SQLite
   * truncates it.
   */
  readonly logBytes: number;
  /**
   * The used part of the file relative to the first sample, which contains the same number of runs.
   */
  readonly usedGrowth: number;
  /**
   * The size of the file, which does not shrink after retention has removed the largest burst of
   * runs.
   */
  readonly databaseBytes: number;
}

const PER_RUNS = 10_000;
const MB = 1024 * 1024;

/** The values that grew beyond their bars, one line each. */
export function judgeGrowth(samples: readonly Sample[], bars: Bars): string[] {
  const [first, ...later] = samples;
  if (first === undefined || samples.length < 4)
    return [`only ${samples.length} samples: too few for a slope`];
  return [
    ...judgeSlopes(samples, bars),
    ...later.flatMap((sample) =>
      [...judgeResources(sample, first), ...judgeFiles(sample, first, bars)].map(
        (problem) => `after ${sample.runs} runs ${problem}`,
      ),
    ),
  ];
}

function judgeSlopes(samples: readonly Sample[], bars: Bars): string[] {
  const heap = slope(samples, ({ heapBytes }) => heapBytes);
  const rss = slope(samples, ({ rssBytes }) => rssBytes);
  const grows = (name: string, bytes: number, bar: number): string[] =>
    bytes > bar
      ? [`the ${name} grows by ${inMb(bytes)} per 10,000 runs; the bar is ${inMb(bar)}`]
      : [];
  return [
    ...grows("heap", heap, bars.heapSlopeBytes),
    ...grows("process", rss, bars.rssSlopeBytes ?? Number.POSITIVE_INFINITY),
  ];
}

function judgeResources(sample: Sample, first: Sample): string[] {
  const problems: string[] = [];
  for (const [kind, count] of Object.entries(sample.resources)) {
    const before = first.resources[kind] ?? 0;
    if (count > before)
      problems.push(`${count} × ${kind} keep the process alive; at first there were ${before}`);
  }
  if (sample.fileDescriptors > first.fileDescriptors)
    problems.push(
      `${sample.fileDescriptors} file descriptors are open; at first there were ` +
        `${first.fileDescriptors}`,
    );
  return problems;
}

function judgeFiles(sample: Sample, first: Sample, bars: Bars): string[] {
  const { logBytes, usedBytes, databaseBytes } = sample;
  const problems: string[] = [];
  if (logBytes > bars.logBytes)
    problems.push(`the log has ${inMb(logBytes)}; the bar is ${inMb(bars.logBytes)}`);
  if (usedBytes > first.usedBytes * bars.usedGrowth)
    problems.push(
      `${inMb(usedBytes)} of the database are in use; ` +
        `at first ${inMb(first.usedBytes)} with as many runs`,
    );
  if (databaseBytes > bars.databaseBytes)
    problems.push(
      `the database has ${inMb(databaseBytes)}; the bar is ${inMb(bars.databaseBytes)}`,
    );
  return problems;
}

/** The slope of the least-squares line through the samples, in bytes per 10,000 runs. */
export function slope(samples: readonly Sample[], value: (sample: Sample) => number): number {
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const [meanRuns, meanValue] = [mean(samples.map(({ runs }) => runs)), mean(samples.map(value))];
  let [above, below] = [0, 0];
  for (const sample of samples) {
    above += (sample.runs - meanRuns) * (value(sample) - meanValue);
    below += (sample.runs - meanRuns) ** 2;
  }
  return (above / below) * PER_RUNS;
}

export function inMb(bytes: number): string {
  return `${(bytes / MB).toFixed(2)} MB`;
}
