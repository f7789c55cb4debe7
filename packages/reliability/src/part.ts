/** What one part of a reliability command tried, and what it found. */
export interface PartReport {
  /** How many kills, states, flips or runs were tried. */
  readonly triedCount: number;
  /** One line for each promise that was broken; empty when all held. */
  readonly failures: readonly string[];
  /** Lines for the reader: counts, figures, and what could not be tried here and why. */
  readonly lines: readonly string[];
}

/** One part of `npm run crash`: a way of failing, tried many times. */
export interface Part {
  readonly name: string;
  readonly run: (options: PartOptions) => Promise<PartReport>;
}

interface PartOptions {
  /** The long form, for a night rather than for every change. */
  readonly full: boolean;
}
