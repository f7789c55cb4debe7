import { WorkflowError } from "../errors.js";
import type { EndedRun, RunRemoval } from "../storage/StoragePort.js";

/**
 * How many ended runs to keep. Every limit that is set applies, and the oldest runs are removed
 * first. A running or paused run is never removed.
 *
 * @example
 * const policy: RetentionPolicy = { maxAgeMs: 30 * 24 * 3_600_000, maxBytes: 1_000_000_000 };
 */
export interface RetentionPolicy {
  /** Remove runs that ended longer ago than this, in ms. */
  readonly maxAgeMs?: number;
  /** Keep at most this many ended runs, newest first by their start. */
  readonly maxRunCount?: number;
  /**
   * Remove the oldest runs until the database uses at most this many bytes, not counting free pages
   * inside the file or its log.
   */
  readonly maxBytes?: number;
  /**
   * Keep at most this many automatic checkpoints per run, ended or not, and all named ones. At
   * least 1.
   */
  readonly checkpointsPerRun?: number;
  /**
   * Keep failed runs, which can still be resumed. They then do not count as ended runs. By default
   * they are removed like other ended runs.
   */
  readonly keepsFailed?: boolean;
}

/** The retention policy of an engine, and how often the engine applies it. */
export interface RetentionOptions extends RetentionPolicy {
  /** How long after one sweep the next begins, in ms. Default 60,000. */
  readonly everyMs?: number;
  /** Called after each sweep. An error in it becomes a warning of the process. */
  readonly onSweep?: (report: RetentionReport) => unknown;
}

/** The runs and data that one sweep removed or, in a dry run, would remove. */
export interface RetentionReport {
  /** How many runs were removed, by status. */
  readonly removedRuns: Readonly<Record<EndedRun["status"], number>>;
  /** How many definitions without a run were removed. */
  readonly removedDefinitions: number;
  /** How many large results without a run were removed. */
  readonly removedArtifacts: number;
  /** How many checkpoints were removed from runs that remain. */
  readonly removedCheckpoints: number;
  /** The runs that exceed a limit but were kept, and why. */
  readonly kept: readonly {
    readonly runId: string;
    /** `resumable`: the run has failed, and the policy keeps failed runs. */
    readonly because: NonNullable<RunRemoval["because"]> | "resumable";
  }[];
  /** Roughly how many bytes of the database were freed. */
  readonly freedBytes: number;
  /** Why the sweep ended early. Anything removed before that remains removed. */
  readonly problem?: WorkflowError;
}

/** Throws `invalid_argument` for a policy without limits. */
export function checkRetention(options: RetentionPolicy): void {
  const { maxAgeMs, maxRunCount, maxBytes, checkpointsPerRun } = options;
  if (
    maxAgeMs !== undefined ||
    maxRunCount !== undefined ||
    maxBytes !== undefined ||
    checkpointsPerRun !== undefined
  )
    return;
  throw new WorkflowError(
    "invalid_argument",
    "The retention policy has no limit, so it would keep everything.",
    {
      remedy: "Set maxAgeMs, maxRunCount, maxBytes or checkpointsPerRun, or omit the policy.",
    },
  );
}
