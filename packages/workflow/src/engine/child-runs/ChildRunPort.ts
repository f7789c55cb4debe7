import type { AttemptRequest } from "../../drive/attempt-request.js";
import type { Outcome } from "../../drive/outcome.js";
import type { ActiveRun } from "../ActiveRun.js";
import type { RunningAttempt } from "../RunningAttempt.js";

/**
 * Performs the steps that run a workflow as a run of its own, as the other parts of an engine use
 * it.
 */
export interface ChildRunPort {
  /** Performs an attempt. Never rejects. */
  perform(parent: ActiveRun, request: AttemptRequest, attempt: RunningAttempt): Promise<Outcome>;
  /** A user has resumed the run, and with it the child runs that are paused. */
  resumedByUser(parent: ActiveRun): void;
  /**
   * The run has ended: cancels the child runs that have not. Those with an attempt in flight are
   * cancelled by it. Undefined if the run can have none.
   */
  ended(parent: ActiveRun): Promise<void> | undefined;
}
