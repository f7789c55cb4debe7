import type { JournalEntry } from "@automatosx/schemas";
import type { Effect, WorkflowMachine } from "../core/workflow-state-machine.js";
import type {
  AgentProcess,
  RunCommit,
  StoredArtifact,
  StoredCheckpoint,
} from "../storage/StoragePort.js";

/**
 * An effect that reaches outside the run: it calls an agent, sets a timer, stops attempts or marks
 * the end.
 */
export type OutsideEffect = Extract<
  Effect,
  { readonly type: "run_step" | "start_later" | "abort_steps" | "finish_run" }
>;

/**
 * What one turn of a run decided.
 *
 * `entries`, `checkpoints`, `artifacts` and `processes` are durable BEFORE any of `effects` is
 * performed, and all of them become durable together or not at all. A host that cannot make a turn
 * durable performs none of its effects and drops the fold, which is then ahead of its journal.
 *
 * Turns of one run are made durable in the order in which they were taken. The idea is `Ready` of
 * etcd's raft library.
 */
export interface Turn {
  /** The machine after the last of `entries`. */
  readonly machine: WorkflowMachine;
  /** The accepted events, in order; `seq` continues the journal without a gap. */
  readonly entries: readonly JournalEntry[];
  readonly checkpoints: readonly StoredCheckpoint[];
  /** Results that are too large for a row; an entry names each by its hash. */
  readonly artifacts: readonly StoredArtifact[];
  /** Process groups in which agents work. */
  readonly processes: readonly AgentProcess[];
  /**
   * Ids of stored checkpoints that an entry goes back to: the turn is void if one no longer exists.
   */
  readonly restoresCheckpoints: readonly string[];
  /** The new row of the run; absent when the row stays as the last turn left it. */
  readonly run?: NonNullable<RunCommit["run"]>;
  /** To be performed in this order, once the rest is durable. */
  readonly effects: readonly OutsideEffect[];
}

/** A turn that is still being decided. */
export interface PendingTurn {
  readonly entries: JournalEntry[];
  readonly checkpoints: StoredCheckpoint[];
  readonly artifacts: StoredArtifact[];
  readonly processes: AgentProcess[];
  readonly restoresCheckpoints: string[];
  readonly effects: OutsideEffect[];
}

export function emptyTurn(): PendingTurn {
  return {
    entries: [],
    checkpoints: [],
    artifacts: [],
    processes: [],
    restoresCheckpoints: [],
    effects: [],
  };
}
