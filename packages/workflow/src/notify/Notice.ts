import type { BudgetReport } from "@automatosx/run-view";
import type { RunStatus } from "@automatosx/schemas";

/** The version of the shape of a notice. A receiver ignores fields that it does not know. */
export const NOTICE_VERSION = 1;

/**
 * What a notice can be about:
 * - `run_ended`: the run is completed, failed or cancelled. Not sent for a run that a step of
 *   another run started.
 * - `run_paused`: the run is paused: it waits, its budget is used up, or a person paused it.
 * - `step_failed`: a step has failed for the last time, whether or not the run may continue.
 * - `gate_opened`: a gate waits for an answer.
 * - `outcome_unknown`: an attempt may have taken effect, and a person must say so.
 * - `budget_80`, with any number from 1 to 100: this share of a limit of the budget is used.
 */
export type NoticeType =
  | "run_ended"
  | "run_paused"
  | "step_failed"
  | "gate_opened"
  | "outcome_unknown"
  | `budget_${number}`;

/** What a receiver subscribes to: a type of notice, or `run_failed` for failed runs only. */
export type Subscription = NoticeType | "run_failed";

/** Something that happened in a run, as it is sent to a receiver. All texts are plain text. */
export interface Notice {
  /** The version of this shape: 1. */
  readonly version: typeof NOTICE_VERSION;
  /** The same each time this notice is sent: a receiver that knows it ignores the notice. */
  readonly id: string;
  /** What the notice is about. */
  readonly type: NoticeType;
  /** When it happened, in ms since the epoch. */
  readonly at: number;
  /** What happened, in one sentence. */
  readonly text: string;
  /** The command that answers or continues the run, if the host names one. */
  readonly command?: string;
  /** The run. */
  readonly run: {
    /** The id of the run. */
    readonly id: string;
    /** The `id` of its workflow. */
    readonly workflowId: string;
    /** The name of its workflow. */
    readonly workflowName: string;
    /** The version of its workflow. */
    readonly workflowVersion: string;
    /** The status after what happened. */
    readonly status: RunStatus;
    /** The run whose step started this one. */
    readonly parentRunId?: string;
    /** That step. */
    readonly parentStepId?: string;
  };
  /** The journal entry that it comes from. */
  readonly seq: number;
  /** The step that it is about. */
  readonly step?: {
    /** The path of the step: `build[auth].test`. */
    readonly path: string;
    /** The number of its attempt. */
    readonly attemptNumber: number;
  };
  /** Why the run or the step failed; for `outcome_unknown`, why it is unknown. */
  readonly error?: string;
  /** The code of the error of a run: `step_failed`. */
  readonly errorCode?: string;
  /** For `gate_opened`: what is asked. */
  readonly gate?: {
    /** The question. */
    readonly ask: string;
    /** When it expires, in ms since the epoch. */
    readonly dueAt?: number;
    /** The JSON Schema of the values that an answer contains. */
    readonly form?: unknown;
  };
  /** For `budget_N`: the limit, and what is used of it. */
  readonly budget?: BudgetReport["shares"][number];
  /** For `run_ended`: how many steps there are, and how many have each status. */
  readonly counts?: {
    readonly total: number;
    readonly completed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly cancelled: number;
  };
}
