import type { FailureReason } from "../core/workflow-state-machine.js";

/** The members of every fact. */
interface About {
  /** The id of the run. */
  readonly runId: string;
  /** The `id` of its workflow. */
  readonly workflowId: string;
  /** The sequence number of the journal entry that says so. */
  readonly seq: number;
  /** When the entry was accepted, in ms since the epoch. */
  readonly at: number;
}

/** What ended, and when it began. */
interface Ended extends About {
  /** The `seq` of the fact with which it began. */
  readonly startedSeq: number;
  /** The `at` of that fact. */
  readonly startedAt: number;
}

/**
 * A run began, or continues after it had failed. A run that pauses or loses its engine does not
 * begin again.
 */
export interface RunStarted extends About {
  /** `run_start`. */
  readonly type: "run_start";
  /** 1, or more for a run that continues after it had failed. */
  readonly executionNumber: number;
}

/** A run ended. */
export interface RunEnded extends Ended {
  /** `run_end`. */
  readonly type: "run_end";
  /** As in its `run_start`. */
  readonly executionNumber: number;
  /** How it ended. */
  readonly status: "completed" | "failed" | "cancelled";
  /** Why it did not complete. */
  readonly error?: string;
  /** The code of `error`, such as `step_failed`. */
  readonly errorCode?: string;
}

/** What a step is: `workflow` runs another workflow, `program` a program, `agent` an agent. */
export type StepKind =
  | "group"
  | "foreach"
  | "loop"
  | "gate"
  | "wait"
  | "stop"
  | "workflow"
  | "program"
  | "agent";

/** The members of facts about steps. */
interface AboutStep {
  /** The path of the step. */
  readonly stepId: string;
  /** What the step is. */
  readonly kind: StepKind;
  /** The step around it that has begun, and the `seq` with which it began. */
  readonly within?: { readonly stepId: string; readonly startedSeq: number };
}

/** A step began: its first attempt started, or it was opened. */
export interface StepStarted extends About, AboutStep {
  /** `step_start`. */
  readonly type: "step_start";
}

/** A step that had begun has ended. */
export interface StepEnded extends Ended, AboutStep {
  /** `step_end`. */
  readonly type: "step_end";
  /**
   * Its outcome; `reset` if the run went back to before it, and `left` if the run ended without
   * waiting for it.
   */
  readonly status: "completed" | "failed" | "skipped" | "cancelled" | "reset" | "left";
  /** Why it failed. */
  readonly error?: string;
  /** The class of the failure. */
  readonly reason?: string;
}

/** The members of facts about attempts. */
interface AboutAttempt {
  /** The path of the step. */
  readonly stepId: string;
  /** The `seq` with which the step began. */
  readonly stepSeq: number;
  /** The attempt, numbered from 1. */
  readonly attemptNumber: number;
  /** What the step is. */
  readonly kind: StepKind;
  /** The agent that performs it. */
  readonly agentId: string;
}

/** An attempt started; its agent is called once the fact is published. */
export interface AttemptStarted extends About, AboutAttempt {
  /** `attempt_start`. */
  readonly type: "attempt_start";
  /**
   * How long the step was ready for the attempt before it started, in ms: it waited for a place
   * among the steps that may run at the same time, or for its budget. Absent if it is not known.
   */
  readonly queuedMs?: number;
}

/** An attempt ended. */
export interface AttemptEnded extends Ended, AboutAttempt {
  /** `attempt_end`. */
  readonly type: "attempt_end";
  /**
   * Its outcome. `interrupted`: stopped by a pause, a cancellation or a change of the run, or lost
   * with its engine.
   */
  readonly status: "completed" | "failed" | "interrupted";
  /** Why it has no result. */
  readonly error?: string;
  /** The class of the failure. */
  readonly reason?: FailureReason;
  /** When the run's engine last wrote, if the attempt was lost with it: no later than `at`. */
  readonly lostAt?: number;
  /** What it has used, as far as its agent says. */
  readonly usage?: { readonly usd?: number; readonly tokens?: number };
  /** The run whose result was taken, and its journal entry. No agent was called. */
  readonly reused?: { readonly runId: string; readonly seq: number };
}

/** The beginning or the end of a run, a step or an attempt. */
export type RunFact =
  | RunStarted
  | RunEnded
  | StepStarted
  | StepEnded
  | AttemptStarted
  | AttemptEnded;
