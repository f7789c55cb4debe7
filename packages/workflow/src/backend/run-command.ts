import type { WorkflowErrorCode } from "../errors.js";

/** What can be asked of a run, from any process. */
export type RunCommand =
  /** Start nothing new. Running attempts finish, or are interrupted at no cost of a retry. */
  | { readonly verb: "pause"; readonly stopAgents?: boolean }
  /** Continue a run that is paused with attempts still in flight. */
  | { readonly verb: "resume" }
  /** End the run permanently; running attempts are stopped. */
  | { readonly verb: "cancel" }
  /** Write a checkpoint now. */
  | { readonly verb: "checkpoint"; readonly name?: string };

/** Whether a run did what a command asked. Plain data, so that it can travel. */
export type CommandOutcome =
  | {
      readonly ok: true;
      /** The checkpoint that the command wrote. */
      readonly checkpointId?: string;
    }
  | {
      readonly ok: false;
      readonly code: WorkflowErrorCode;
      /** What was refused and why, as a sentence. */
      readonly message: string;
      /** What to do next, as an instruction. */
      readonly remedy?: string;
    };
