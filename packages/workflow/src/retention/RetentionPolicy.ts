import { WorkflowError } from "../errors.js";
import type { EndedRun, RunRemoval } from "../storage/StoragePort.js";

/**
 * What is kept of runs that have ended: each limit that is given holds, and the newest stay longest. A run that is running
 * or paused is never removed.
 */
export interface RetentionPolicy {
  /** Removes runs that ended longer ago than this, in ms. */
  readonly maxAgeMs?: number;
  /** Of the runs that have ended so many stay, the newest by their start. */
  readonly maxRunCount?: number;
  /** Removes the oldest until the database uses at most so many bytes; free pages inside the file and its log do not count. */
  readonly maxBytes?: number;
  /** Automatic checkpoints that stay of one run, whether it has ended or not: at least 1. Those with a name stay besides. */
  readonly checkpointsPerRun?: number;
}

/** The policy of an engine, and when it looks. */
export interface RetentionOptions extends RetentionPolicy {
  /** How long after one look the next begins, in ms. Default 60,000. */
  readonly everyMs?: number;
  /** Told after each look. */
  readonly onSweep?: (report: RetentionReport) => void;
}

/** What one look removed, or would. */
export interface RetentionReport {
  readonly removedRuns: Readonly<Record<EndedRun["status"], number>>;
  readonly removedDefinitions: number;
  readonly removedArtifacts: number;
  readonly removedCheckpoints: number;
  /** Runs that a limit would have removed, and why they stayed. */
  readonly kept: readonly {
    readonly runId: string;
    readonly because: NonNullable<RunRemoval["because"]>;
  }[];
  /** Bytes that the database uses less, about. */
  readonly freedBytes: number;
  /** Why it ended early; what was removed until then stays removed. */
  readonly problem?: WorkflowError;
}

const LIMITS = {
  maxAgeMs: 0,
  maxRunCount: 0,
  maxBytes: 0,
  checkpointsPerRun: 1,
  everyMs: 1,
} as const;

/** `invalid_argument` for a limit that cannot mean anything, or for none at all. */
export function checkRetention(options: RetentionOptions): void {
  for (const [name, least] of Object.entries(LIMITS)) {
    const value = options[name as keyof typeof LIMITS];
    if (
      value === undefined ||
      (Number.isFinite(value) &&
        value >= least &&
        (name !== "checkpointsPerRun" || Number.isInteger(value)))
    )
      continue;
    throw new WorkflowError("invalid_argument", `retention.${name} is ${String(value)}.`, {
      remedy: `Give a number from ${least}.`,
    });
  }
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
    "Retention has no limit, so it would keep everything.",
    {
      remedy:
        "Give maxAgeMs, maxRunCount, maxBytes or checkpointsPerRun; or leave `retention` out.",
    },
  );
}
