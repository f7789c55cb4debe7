/** What a part tried and found. */
export interface PartReport {
  /** The number of kills, disk states, flips or runs that were tried. */
  readonly triedCount: number;
  /** One line per broken promise; empty if all were kept. */
  readonly failures: readonly string[];
  /**
   * Counts and figures for the reader, and the checks that could not be tried here, with the
   * reason.
   */
  readonly lines: readonly string[];
}

/** One part of `npm run crash`: one kind of failure, tried many times. */
export interface Part {
  readonly name: string;
  readonly run: (options: PartOptions) => Promise<PartReport>;
}

interface PartOptions {
  /** Whether to try every point instead of a sample. Meant for nightly runs. */
  readonly full: boolean;
}
