/** An ended run, with the data that retention uses to decide. */
export interface EndedRun {
  /** The id of the run. */
  readonly runId: string;
  /** The `id` of its workflow. */
  readonly workflowId: string;
  /** How the run ended. */
  readonly status: "completed" | "failed" | "cancelled";
  /** When the run was started, in ms since the epoch. */
  readonly createdAt: number;
  /** When the run ended, in ms since the epoch. */
  readonly finishedAt: number;
}

/** The effect of one call of `removeRuns` on one run. */
export interface RunRemoval {
  readonly runId: string;
  /**
   * `partial`: the run is too large for one transaction, and part of it is gone. It can no longer
   * be resumed; the next call removes more.
   */
  readonly outcome: "removed" | "partial" | "kept";
  /**
   * Why the run was kept: it has not ended, an engine owns it, it has forks or child runs, or its
   * row is damaged.
   */
  readonly because?: "not_ended" | "held" | "forked" | "damaged";
  /**
   * Total size, in bytes, of the artifacts that the removed entries referred to. They are still
   * stored, because other runs may refer to them too: see `removeUnusedArtifacts`.
   */
  readonly artifactBytes: number;
  /** True when the definition was removed with the run, because no other run uses it. */
  readonly removedDefinition?: boolean;
}

/** The size of the database in bytes, without its write-ahead log. */
export interface StorageSize {
  /** The size of the database file, in bytes. */
  readonly fileBytes: number;
  /** `fileBytes` without the free pages. */
  readonly usedBytes: number;
}
