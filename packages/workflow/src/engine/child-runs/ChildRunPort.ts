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
   * The run has ended: cancels the child runs that have not, and settles when they have ended, with
   * their handlers. Those with an attempt in flight are cancelled by it. With `onlyRecords`, no
   * handler runs: the engine may lack its agents. Undefined if the run can have no child run.
   */
  ended(parent: ActiveRun, options?: { readonly onlyRecords?: boolean }): Promise<void> | undefined;
}
