import type { RunStatus } from "@automatosx/schemas";
import type { RunCommand } from "@automatosx/workflow";

/** A run that a step has started. */
export interface ChildRef {
  readonly stepId: string;
  readonly runId: string;
  /** How it last came to rest. Absent if it never has. */
  readonly status?: RunStatus;
  /** Whether its parent has cancelled it: no further attempt joins it. */
  readonly isCancelled?: boolean;
}

/** The step whose attempt joins a run. */
export interface JoinedStep {
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly runId: string;
}

/** What an attempt finds when it joins a run. */
export interface Joined {
  /** How often runs of the step have come to rest. */
  readonly rests: number;
  /** The commands for the attempt before it joined. */
  readonly told: readonly RunCommand[];
}

/** A command for the run that an attempt has joined. */
export interface ToldChild {
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly command: RunCommand;
  readonly sentAt: number;
}

/** Who waits for a run to come to rest. */
export interface Watching {
  readonly stepId: string;
  /** Identifies the watcher, whose latest awakeable counts. */
  readonly by: string;
  /** The awakeable that receives the number of rests, or `HANDED_OVER`. */
  readonly listener: string;
  /** How many rests are known to it. */
  readonly after: number;
}

/** A child run that has come to rest. */
export interface RestedChild {
  readonly stepId: string;
  readonly runId: string;
  readonly status: RunStatus;
}

/** What a watcher receives if its worker is being replaced. */
export const HANDED_OVER = -1;
