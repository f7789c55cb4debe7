/** What one part of the simulation tried, and what it found. */
export interface PartReport {
  /** How many runs were tried. */
  readonly triedCount: number;
  /** One text for each promise that was broken, with its seed; its further lines are the trace. Empty when all held. */
  readonly failures: readonly string[];
  /** Lines for the reader: counts and figures. */
  readonly lines: readonly string[];
}

/** One part of `npm run sim`: a way of looking for runs that go wrong. */
export interface Part {
  readonly name: string;
  readonly run: (options: PartOptions) => Promise<PartReport>;
  /** Runs one seed again; answers its trace, and whether a promise was broken. Absent where there are no seeds. */
  readonly replay?: (seed: number) => Promise<SeedReplay>;
}

export interface PartOptions {
  /** The long form, for a night rather than for every change. */
  readonly full: boolean;
  /** How many seeds to try instead of the usual number, and where to begin. Parts without seeds take no notice. */
  readonly seedCount?: number;
  readonly firstSeed?: number;
}

export interface SeedReplay {
  readonly lines: readonly string[];
  readonly isFailed: boolean;
}
