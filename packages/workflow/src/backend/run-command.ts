import type { WorkflowErrorCode } from "../errors.js";

/** How to cancel a run. */
export interface CancelOptions {
  /**
   * Why the run is cancelled; at most 1,000 characters are kept. It becomes the `error` of the run,
   * and agents find it in the reason of their signal.
   */
  readonly reason?: string;
}

/** A command to a run; any process can send it. */
export type RunCommand =
  /** Start nothing new. Running attempts finish, or are interrupted without using up a retry. */
  | { readonly verb: "pause"; readonly stopAgents?: boolean }
  /** Continue a run that is paused with attempts still in flight. */
  | { readonly verb: "resume" }
  /** End the run permanently; running attempts are stopped. */
  | ({ readonly verb: "cancel" } & CancelOptions)
  /** Write a checkpoint now. */
  | { readonly verb: "checkpoint"; readonly name?: string };

/** Whether a run carried out a command. Plain data, so that it can be sent between processes. */
export type CommandOutcome =
  | {
      /** Whether the command was carried out. */
      readonly ok: true;
      /** The id of the checkpoint that the command wrote. */
      readonly checkpointId?: string;
    }
  | {
      /** Whether the command was carried out. */
      readonly ok: false;
      /** The error code. */
      readonly code: WorkflowErrorCode;
      /** A sentence: what was refused, and why. */
      readonly message: string;
      /** What to do next, as an instruction. */
      readonly remedy?: string;
    };
