/** What a part tried, and what it found. */
export interface PartReport {
  /** The number of kills, disk states, flips or runs that were tried. */
  readonly triedCount: number;
  /** One line for each broken promise; empty when all were kept. */
  readonly failures: readonly string[];
  /** Counts and figures for the reader, and what could not be tried here and why. */
  readonly lines: readonly string[];
}

/** One part of `npm run crash`: one kind of failure, tried many times. */
export interface Part {
  readonly name: string;
  readonly run: (options: PartOptions) => Promise<PartReport>;
}

interface PartOptions {
  /** Tries every point instead of a sample: for a nightly run. */
  readonly full: boolean;
}
