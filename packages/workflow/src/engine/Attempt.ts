import type { WorkflowEvent } from "../core/workflow-state-machine.js";

/** Why an attempt is stopped by something other than its agent. */
export type AbortReason = "interrupted" | "cancelled";

/** An attempt whose agent has not settled. */
export interface Attempt {
  abort(reason: AbortReason): void;
  /** The run was paused, resumed or cancelled by a command. */
  told?(event: WorkflowEvent): void;
  /** Settles once the run has received the outcome. */
  readonly settled: Promise<unknown>;
}
