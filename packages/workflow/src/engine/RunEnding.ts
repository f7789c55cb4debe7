import type { WorkflowMetrics } from "@automatosx/schemas";

/** How a run ended, or where it was left: data, never an exception. */
export interface RunEnding {
  readonly runId: string;
  readonly status: "completed" | "failed" | "paused" | "cancelled";
  /** Results of the completed steps, by step id. */
  readonly results: Readonly<Record<string, unknown>>;
  readonly metrics: WorkflowMetrics;
  readonly error?: string;
  /** `step_failed`, `workflow_invalid`, …: why a run failed; `database_full`: why it is paused. */
  readonly errorCode?: string;
}
