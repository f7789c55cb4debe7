import type { RunStatus } from "@automatosx/schemas";
import type { RunUsage } from "./stored-rows.js";

/** The durations for which ended runs are counted, in ms. */
export const DURATION_BOUNDS_MS: readonly number[] = [
  1_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000, 3_600_000, 7_200_000,
];

/**
 * What the runs of one workflow have in common that have the same status. Runs that a step of
 * another run started are not counted.
 */
export interface RunTotals {
  readonly workflowId: string;
  readonly status: RunStatus;
  /** How many runs. */
  readonly runs: number;
  /** How many of them have paused themselves to wait. */
  readonly waiting: number;
  /** How many have ended and took at most each of `DURATION_BOUNDS_MS`. */
  readonly runsUpTo: readonly number[];
  /** How long those that have ended took in all, in ms. */
  readonly durationMs: number;
  /** What they had used in all when they last came to rest, as far as it is known. */
  readonly used: Required<RunUsage>;
}

/** How far a run was exported as a trace. */
export interface TracePosition {
  readonly runId: string;
  /** The last journal entry whose spans were exported. */
  readonly seq: number;
  /** Whether there may be later ones. */
  readonly isPending: boolean;
}
