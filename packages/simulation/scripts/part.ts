/** What one part of the simulation tried and found. */
export interface PartReport {
  /** Number of runs, states or bugs tried. */
  readonly triedCount: number;
  /** One string per failure. It contains the seed; any further lines are the trace. */
  readonly failures: readonly string[];
  /** Counts and figures, human-readable. */
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
  /** True for the long form, which runs overnight. */
  readonly full: boolean;
  /** The number of seeds to try, and the first one. Parts without seeds ignore both. */
  readonly seedCount?: number;
  readonly firstSeed?: number;
}

export interface SeedReplay {
  /** The trace. */
  readonly lines: readonly string[];
  readonly isFailed: boolean;
}
