import type { WorkflowEvent } from "../core/workflow-state-machine.js";

/**
 * Why an attempt is stopped by something other than its agent. `released`: the run leaves this
 * engine, and the next engine joins what an agent that resumes leaves running.
 */
export type AbortReason = "interrupted" | "cancelled" | "released";

/** An attempt whose agent has not settled. */
export interface Attempt {
  abort(reason: AbortReason): void;
  /** The run was paused, resumed or cancelled by a command. */
  told?(event: WorkflowEvent): void;
  /** Settles once the run has received the outcome. */
  readonly settled: Promise<unknown>;
}
