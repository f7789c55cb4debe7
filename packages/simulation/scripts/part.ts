/** What one part of the simulation tried, and what it found. */
export interface PartReport {
  /** How many runs, states or bugs were tried. */
  readonly triedCount: number;
  /** One text for each failure. It names the seed; its further lines are the trace. */
  readonly failures: readonly string[];
  /** Counts and figures, for people. */
  readonly lines: readonly string[];
}

/** One part of `npm run sim`: a way to look for runs that go wrong. */
export interface Part {
  readonly name: string;
  readonly run: (options: PartOptions) => Promise<PartReport>;
  /** Runs one seed again. Undefined for a part without seeds. */
  readonly replay?: (seed: number) => Promise<SeedReplay>;
}

export interface PartOptions {
  /** True for the long form, which takes a night. */
  readonly full: boolean;
  /** How many seeds to try, and the first of them. Parts without seeds ignore both. */
  readonly seedCount?: number;
  readonly firstSeed?: number;
}

export interface SeedReplay {
  /** The trace. */
  readonly lines: readonly string[];
  readonly isFailed: boolean;
}
