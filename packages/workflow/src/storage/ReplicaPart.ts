import type { JournalEntry } from "@automatosx/schemas";
import type { RunCommit } from "./commit.js";
import type {
  LogChunk,
  NewRun,
  StoredArtifact,
  StoredCheckpoint,
  StoredDefinition,
} from "./stored-rows.js";

/**
 * A part of a run that another backend executes, to be added to the copy of the run in this
 * database. The rows are those that an engine would write, so everything that reads a database
 * shows the copy like any other run. A part can be added again: see `StoragePort.replicate`.
 *
 * The turns of a `RunFold` are such parts: `afterSeq` is the end of the journal before the turn.
 */
export interface ReplicaPart {
  /** The id of the run. */
  readonly runId: string;
  /** The backend that executes the run, as `ExecutionBackend.id`: `restate`. */
  readonly backend: string;
  /**
   * The run as it began. Needed for the first part; later parts may repeat it. Its child runs come
   * after it, because a row refers to its parent.
   */
  readonly newRun?: Omit<NewRun, "owner" | "leaseUntil">;
  /** The definition of the run, and those that it comes to. */
  readonly definitions?: readonly StoredDefinition[];
  /** Results to which `entries` refer. */
  readonly artifacts?: readonly StoredArtifact[];
  /** The `seq` of the entry before `entries`; 0 for none. */
  readonly afterSeq: number;
  /** In order and without a gap, beginning with `afterSeq + 1`. May be empty. */
  readonly entries: readonly JournalEntry[];
  /** Checkpoints at positions among `entries`. */
  readonly checkpoints?: readonly StoredCheckpoint[];
  /** The row of the run after the last of `entries`. `release` has no meaning here. */
  readonly run?: NonNullable<RunCommit["run"]>;
  /** Output of the run's agents; absent if the workers write it to this database themselves. */
  readonly logs?: {
    /** How many chunks of the run come before `chunks`. */
    readonly after: number;
    /** In order. Those that are stored already are skipped. */
    readonly chunks: readonly LogChunk[];
  };
}

/** How far the copy of a run has come. */
export interface ReplicaEnd {
  /** The `seq` of the last entry of the copy; 0 before the first. */
  readonly seq: number;
  /** How many chunks of logs the copy has. Absent if the part had no `logs`. */
  readonly logCount?: number;
}
