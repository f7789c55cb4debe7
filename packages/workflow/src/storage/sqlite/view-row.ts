import type { RunState, RunStatus } from "@automatosx/schemas";
import { RUN_STATES, RUN_STATUSES } from "@automatosx/schemas/run-status";
import { RowReader } from "../RowReader.js";
import type { StepAttemptRow } from "../StoragePort.js";

/** A step of a run, derived from the journal: a row of the view `workflow_run_steps`. */
export interface RunStepRow {
  readonly runId: string;
  /** The path of the step: an item of a fan-out and an inner step have rows of their own. */
  readonly stepId: string;
  /**
   * `pending` before the first attempt and between attempts; `cancelled` if the run was cancelled
   * before the step ended, or if a stop or a total timeout ended it; `open` for a step whose inner
   * steps have not all ended, a gate, a wait, and an answer that is being checked; `unknown` if
   * it is not known whether its latest attempt took effect.
   */
  readonly status:
    | "pending"
    | "running"
    | "open"
    | "unknown"
    | "completed"
    | "failed"
    | "skipped"
    | "cancelled";
  /** Whether it is a group, a fan-out, a loop or a stop, which has no attempts of its own. */
  readonly hasSteps: boolean;
  readonly attempts: number;
  /** When the first attempt started. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly error?: string;
}

/** A run's counts: a row of the view `workflow_run_summary`. */
export interface RunSummaryRow {
  readonly runId: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly workflowVersion: string;
  readonly state: RunState;
  readonly status: RunStatus;
  /** Steps with others inside are not counted; items and inner steps are, once they have begun. */
  readonly totalSteps: number;
  readonly completedSteps: number;
  readonly failedSteps: number;
  readonly runningSteps: number;
  readonly skippedSteps: number;
  readonly attempts: number;
  /** The number of attempts beyond the first of each step. */
  readonly retries: number;
  readonly checkpoints: number;
  readonly error?: string;
  readonly createdAt: number;
  readonly finishedAt?: number;
  /** From the start to the end of the run, or to its last change while it has not ended. */
  readonly durationMs: number;
}

const ATTEMPT = ["running", "completed", "failed", "interrupted"] as const;
const STEP = [
  "pending",
  "running",
  "open",
  "unknown",
  "completed",
  "failed",
  "skipped",
  "cancelled",
] as const;

export function toAttempt(found: unknown): StepAttemptRow {
  const row = new RowReader("workflow_step_attempts", "step_id", found);
  return {
    runId: row.text("run_id"),
    stepId: row.text("step_id"),
    attemptNumber: row.count("attempt_number", 1),
    status: row.oneOf("status", ATTEMPT),
    startedAt: row.number("started_at"),
    ...row.optionalNumber("finishedAt", "finished_at"),
    ...row.optionalText("error", "error"),
  };
}

export function toStep(found: unknown): RunStepRow {
  const row = new RowReader("workflow_run_steps", "step_id", found);
  return {
    runId: row.text("run_id"),
    stepId: row.text("step_id"),
    status: row.oneOf("status", STEP),
    hasSteps: row.count("has_steps", 0) === 1,
    attempts: row.count("attempts", 0),
    ...row.optionalNumber("startedAt", "started_at"),
    ...row.optionalNumber("finishedAt", "finished_at"),
    ...row.optionalText("error", "error"),
  };
}

export function toSummary(found: unknown): RunSummaryRow {
  const row = new RowReader("workflow_run_summary", "run_id", found);
  return {
    runId: row.text("run_id"),
    workflowId: row.text("workflow_id"),
    workflowName: row.text("workflow_name"),
    workflowVersion: row.text("workflow_version"),
    state: row.oneOf("state", RUN_STATES),
    status: row.oneOf("status", RUN_STATUSES),
    totalSteps: row.count("total_steps", 0),
    completedSteps: row.count("completed_steps", 0),
    failedSteps: row.count("failed_steps", 0),
    runningSteps: row.count("running_steps", 0),
    skippedSteps: row.count("skipped_steps", 0),
    attempts: row.count("attempts", 0),
    retries: row.count("retries", 0),
    checkpoints: row.count("checkpoints", 0),
    ...row.optionalText("error", "error"),
    createdAt: row.number("created_at"),
    ...row.optionalNumber("finishedAt", "finished_at"),
    durationMs: row.number("duration_ms"),
  };
}
