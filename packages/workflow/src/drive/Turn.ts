import type { JournalEntry } from "@automatosx/schemas";
import type { Effect, WorkflowMachine } from "../core/workflow-state-machine.js";
import type {
  AgentProcess,
  RunCommit,
  StoredArtifact,
  StoredCheckpoint,
  StoredDefinition,
} from "../storage/StoragePort.js";

/**
 * An effect that reaches outside the run: it calls an agent, sets a timer, stops attempts,
 * announces a question or marks the end of the run.
 */
export type OutsideEffect = Extract<
  Effect,
  { readonly type: "run_step" | "start_later" | "wake_at" | "abort_steps" | "ask" | "finish_run" }
>;

/**
 * The decisions of one turn of a run.
 *
 * `entries`, `checkpoints`, `artifacts` and `processes` are durable BEFORE any of `effects` is
 * performed, and all of them become durable together or not at all. If a host cannot make a turn
 * durable, it must not perform any of its effects and must drop the fold, which is then ahead of
 * its journal.
 *
 * Turns of one run are made durable in the order in which they were taken. The design follows
 * `Ready` in etcd's raft library.
 */
export interface Turn {
  /** The machine after the last of `entries`. */
  readonly machine: WorkflowMachine;
  /** The accepted events, in order; `seq` continues the journal without a gap. */
  readonly entries: readonly JournalEntry[];
  readonly checkpoints: readonly StoredCheckpoint[];
  /** Results that are too large for a row; an entry refers to each by its hash. */
  readonly artifacts: readonly StoredArtifact[];
  /** New definitions of the run; an entry refers to each by its hash. */
  readonly definitions: readonly StoredDefinition[];
  /** Results among `entries` that other runs may take. */
  readonly cached: NonNullable<RunCommit["cached"]>;
  /**
   * Whether steps have taken earlier results, so that files which they declared may have to be
   * written again. It may also be true if none has.
   */
  readonly hasTakenResults: boolean;
  /** Process groups in which agents work. */
  readonly processes: readonly AgentProcess[];
  /**
   * Ids of stored checkpoints that an entry restores. The turn is void if one no longer exists.
   */
  readonly restoresCheckpoints: readonly string[];
  /** The new row of the run; absent if the row does not change. */
  readonly run?: NonNullable<RunCommit["run"]>;
  /** Effects to perform in this order, once everything else is durable. */
  readonly effects: readonly OutsideEffect[];
}

/** A turn that is still being built. */
export interface PendingTurn {
  readonly entries: JournalEntry[];
  readonly checkpoints: StoredCheckpoint[];
  readonly artifacts: StoredArtifact[];
  /** Replaced rather than extended: hardly any turn has one, so the empty lists are shared. */
  definitions: readonly StoredDefinition[];
  /** Replaced too. */
  cached: NonNullable<RunCommit["cached"]>;
  hasTakenResults: boolean;
  readonly processes: AgentProcess[];
  readonly restoresCheckpoints: string[];
  readonly effects: OutsideEffect[];
}

const NO_DEFINITIONS: PendingTurn["definitions"] = [];
const NOT_CACHED: PendingTurn["cached"] = [];

export function emptyTurn(): PendingTurn {
  return {
    entries: [],
    checkpoints: [],
    artifacts: [],
    definitions: NO_DEFINITIONS,
    cached: NOT_CACHED,
    hasTakenResults: false,
    processes: [],
    restoresCheckpoints: [],
    effects: [],
  };
}

/** How many decisions of each kind a turn contains. */
export type TurnLengths = {
  -readonly [Kind in Exclude<keyof PendingTurn, "hasTakenResults">]: number;
};

/** Returns how many decisions of each kind the turn contains. */
export function lengthsOf(turn: PendingTurn): TurnLengths {
  const lengths = {
    entries: 0,
    checkpoints: 0,
    artifacts: 0,
    definitions: 0,
    cached: 0,
    processes: 0,
    restoresCheckpoints: 0,
    effects: 0,
  };
  setLengths(lengths, turn);
  return lengths;
}

/** Sets `lengths` to how many decisions of each kind the turn contains. */
export function setLengths(lengths: TurnLengths, turn: PendingTurn): void {
  lengths.entries = turn.entries.length;
  lengths.checkpoints = turn.checkpoints.length;
  lengths.artifacts = turn.artifacts.length;
  lengths.definitions = turn.definitions.length;
  lengths.cached = turn.cached.length;
  lengths.processes = turn.processes.length;
  lengths.restoresCheckpoints = turn.restoresCheckpoints.length;
  lengths.effects = turn.effects.length;
}

/** Drops the decisions that were added after the turn had these lengths. */
export function truncate(turn: PendingTurn, lengths: TurnLengths): void {
  turn.entries.length = lengths.entries;
  turn.checkpoints.length = lengths.checkpoints;
  turn.artifacts.length = lengths.artifacts;
  if (turn.definitions.length > lengths.definitions)
    turn.definitions = turn.definitions.slice(0, lengths.definitions);
  if (turn.cached.length > lengths.cached) turn.cached = turn.cached.slice(0, lengths.cached);
  turn.processes.length = lengths.processes;
  turn.restoresCheckpoints.length = lengths.restoresCheckpoints;
  turn.effects.length = lengths.effects;
}
