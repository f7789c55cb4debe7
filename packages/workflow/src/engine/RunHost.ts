import type { Effect } from "../core/workflow-state-machine.js";
import type { EnginePorts } from "../ports.js";
import type { GroupCommit } from "./GroupCommit.js";

/** The parts of the engine that an active run needs. */
export interface RunHost<Run> {
  readonly ports: EnginePorts;
  readonly commits: GroupCommit;
  /** Performs an effect; called once the turn that decided it is durable. */
  perform(run: Run, effect: Effect): void;
  /** Called when the run is no longer active here: it ended or paused, or its storage failed. */
  closed(run: Run): void;
  /** Releases the lease of a run that could not write its own release. */
  release(run: Run): void;
  /** Returns whether this engine is still the owner in the run's row. */
  isHeld(run: Run): boolean;
  /** Returns whether the database is no longer at its path. */
  isLost(): boolean;
  /**
   * Returns whether a command to the run has arrived but is not performed yet. If so, the run is
   * woken shortly afterwards.
   */
  isAddressed(run: Run): boolean;
  /** Called when a turn has been written: the journal entries after `afterSeq`, up to `seq`. */
  advanced(run: Run, afterSeq: number, seq: number): void;
  /** Called before that if steps have taken earlier results in the turn. */
  hasTakenResults(run: Run): void;
}
