import type { MachineSnapshot, WorkflowMachine } from "../core/workflow-state-machine.js";
import type { ResultArtifact } from "../journal/encode-event.js";
import type { StoredArtifact, StoredDefinition } from "../storage/StoragePort.js";
import type { ForkBeginning } from "./ForkBeginning.js";
import type { RunStart } from "./RunStart.js";

/** A machine and its position in the journal, from which a fold continues. */
export interface FoldPosition {
  readonly machine: WorkflowMachine;
  /** The last entry applied to `machine`; 0 before the first. */
  readonly seq: number;
  /** When that entry was accepted; the run's `createdAt` before the first. */
  readonly at: number;
  /** The newest checkpoint and its machine. The next checkpoint contains the difference from it. */
  readonly checkpoint?: { readonly machine: WorkflowMachine; readonly checkpointId: string };
  /** True once the run has been restored to a checkpoint. */
  readonly wasRestored?: boolean;
}

/** The state of a fold between two turns. */
export interface FoldMark {
  readonly machine: WorkflowMachine;
  readonly seq: number;
  readonly at: number;
  readonly checkpoint: FoldPosition["checkpoint"];
  readonly wasRestored: boolean;
  readonly rowState: string | undefined;
  readonly start: RunStart;
}

/** How a fold treats what its machine does on its own. */
export interface FoldOptions {
  /**
   * True for a host that only records events: no step starts, and the run neither pauses
   * nor ends on its own. The next host wakes the run, and all of this follows there.
   */
  readonly onlyRecords?: boolean;
  /**
   * True to release the run with the next turn, although it has not come to rest: another host is
   * to continue it.
   */
  readonly leaves?: boolean;
  /**
   * Called before the run pauses itself. True keeps it active for what is about to arrive; the host
   * then wakes the run later.
   */
  readonly staysAwake?: () => boolean;
  /**
   * Called when a run that can be resumed has come to rest. True keeps its lease, because an agent
   * that was aborted may still be working; the host takes another turn when it has stopped.
   */
  readonly isStopping?: () => boolean;
  /** For the fold of a new run that begins with the state of another one. */
  readonly fork?: ForkBeginning;
}

/** What comes with an event, beside the event itself. */
export interface ToldWith {
  /**
   * The JSON text of a completed step's result, if the caller has it. If the caller has stored the
   * result as an artifact, and the event has a reference in its place, the hash of the artifact.
   */
  readonly resultText?: string | ResultArtifact | undefined;
  /** The contents of the files that an attempt has left. */
  readonly artifacts?: readonly StoredArtifact[] | undefined;
  /** The definition that a `definition_changed` event names. */
  readonly definition?: StoredDefinition | undefined;
}

/** A fold as plain data, for `RunFold.restore`. */
export interface SavedFold {
  /** When the first entry was accepted. */
  readonly begunAt: number;
  readonly seq: number;
  readonly at: number;
  readonly wasRestored: boolean;
  readonly snapshot: MachineSnapshot;
}
