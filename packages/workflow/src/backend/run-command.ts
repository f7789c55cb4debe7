import type { WorkflowErrorCode } from "../errors.js";

/** How to cancel a run. */
export interface CancelOptions {
  /**
   * Why the run is cancelled; at most 1,000 characters are kept. It becomes the `error` of the run,
   * and agents find it in the reason of their signal.
   */
  readonly reason?: string;
}

/** The answer to a gate. */
export interface GateAnswer {
  /** False to reject it. Default true. */
  readonly approved?: boolean;
  /** The values of its form. */
  readonly values?: Readonly<Record<string, unknown>>;
  /**
   * A remark, which is kept with the answer: why the gate was rejected. At most 4,096 characters
   * are kept.
   */
  readonly note?: string;
  /** Who answers; at most 1,000 characters are kept. */
  readonly by?: string;
  /** The attempt that asked. An answer to an earlier one than the current is refused. */
  readonly attemptNumber?: number;
  /** With an approval: the result that replaces that of the gate's `editable` step. */
  readonly edits?: unknown;
}

/** The actual outcome of a step whose outcome is unknown. */
export interface OutcomeAnswer extends Pick<GateAnswer, "by" | "note" | "attemptNumber"> {
  /** Whether its latest attempt took effect. If not, the step is tried again. */
  readonly done: boolean;
  /** The result of the attempt, if it took effect. Default null. */
  readonly result?: unknown;
}

/** The answer to an open gate, or to a step whose outcome is unknown. */
export type StepAnswer = GateAnswer | OutcomeAnswer;

/** A signal to a run. */
export interface SentSignal {
  /** The data, which becomes the result of the step that waits for the signal. Default null. */
  readonly data?: unknown;
  /**
   * Identifies the signal, in at most 1,000 characters. A second one with the same id is refused.
   */
  readonly signalId?: string;
}

/** Limits of what a run may use. An absent limit stays as it is. */
export interface BudgetLimits {
  /** US dollars. */
  readonly usd?: number;
  /** Tokens read and written. */
  readonly tokens?: number;
  /** Starts of agents. */
  readonly launches?: number;
  /** Time in which an attempt is in flight, in ms. */
  readonly wallMs?: number;
  /** Whether the run continues after an attempt whose cost is not known. */
  readonly unmetered?: "pause" | "allow";
}

/** How to replace the result of a step. */
export interface EditOptions {
  /** The attempt whose result is replaced. If the step has a later one, the edit is refused. */
  readonly attemptNumber?: number;
  /** Who edits; at most 1,000 characters are kept. */
  readonly by?: string;
  /** A remark, which is kept with the edit. At most 4,096 characters are kept. */
  readonly note?: string;
}

/** How to perform steps again. */
export interface ReopenOptions {
  /** Whether all steps behind them are performed again too, even if their requests are the same. */
  readonly downstream?: boolean;
  /** Who asks for it; at most 1,000 characters are kept. */
  readonly by?: string;
}

/** How to continue a run with another definition. */
export interface AmendOptions {
  /** Inputs in place of those that the run has. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Who amends; at most 1,000 characters are kept. */
  readonly by?: string;
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
  | { readonly verb: "checkpoint"; readonly name?: string }
  /** Answer an open gate, or settle an unknown outcome. */
  | { readonly verb: "answer"; readonly stepId: string; readonly answer: StepAnswer }
  /** Send a signal. It is kept until a step waits for it. */
  | ({ readonly verb: "signal"; readonly name: string } & SentSignal)
  /** Change what the run may use. */
  | { readonly verb: "budget"; readonly budget: BudgetLimits; readonly by?: string }
  /** Replace the result of a completed step. */
  | ({ readonly verb: "edit"; readonly stepId: string; readonly result: unknown } & EditOptions)
  /** Perform completed or failed steps again. */
  | ({ readonly verb: "reopen"; readonly stepIds: readonly string[] } & ReopenOptions)
  /** Continue with another definition, which is stored under its hash, or with other inputs. */
  | ({ readonly verb: "amend"; readonly definitionHash: string } & AmendOptions);

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
