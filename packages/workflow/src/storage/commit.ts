import type { JournalEntry, RunState, RunStatus } from "@automatosx/schemas";
import type { NoticeReceiver } from "./NoticeStorage.js";
import type { AgentProcess } from "./run-owner.js";
import type {
  LogChunk,
  NewRun,
  PauseReason,
  RunUsage,
  StoredArtifact,
  StoredCheckpoint,
  StoredDefinition,
} from "./stored-rows.js";

/** The data accepted for one run in one turn of the event loop. */
export interface RunCommit {
  readonly runId: string;
  /** The epoch of the writer's claim to the run. */
  readonly leaseEpoch: number;
  /** In order, continuing the run's journal without a gap. */
  readonly entries: readonly JournalEntry[];
  readonly checkpoints: readonly StoredCheckpoint[];
  readonly processes?: readonly AgentProcess[];
  /** Checkpoints of this run that `entries` restore. Each must still exist. */
  readonly restoresCheckpoints?: readonly string[];
  /** True once a recovered run makes progress: resets the count of failed recoveries. */
  readonly clearsFailedRecoveries?: boolean;
  /** Results among `entries` that other runs may take, instead of performing the same request. */
  readonly cached?: readonly { readonly key: string; readonly seq: number; readonly at: number }[];
  /** Changes to the run's row; absent if there are none. */
  readonly run?: {
    readonly state: RunState;
    readonly status: RunStatus;
    readonly updatedAt: number;
    readonly error?: string;
    readonly errorCode?: string;
    readonly finishedAt?: number;
    /** Why a paused run paused itself. */
    readonly pauseReason?: PauseReason;
    /** When a run that waits has something to do. */
    readonly wakeAt?: number;
    /** Releases the lease in the same transaction. */
    readonly release?: boolean;
    /** What the run has used; stored when its lease is released. */
    readonly used?: RunUsage;
  };
}

/** One transaction: the turns of any number of runs, new runs first. */
export interface Commit {
  /**
   * The definitions of the new runs, and those that runs come to; one that is already stored is not
   * changed. They are part of the transaction so that retention cannot remove a definition between
   * the check and the entry that names it.
   */
  readonly definitions?: readonly StoredDefinition[];
  readonly newRuns: readonly NewRun[];
  /**
   * The receivers of the notices of the new runs. They are part of the transaction so that no entry
   * of a run comes before its receivers.
   */
  readonly notified?: readonly NoticeReceiver[];
  readonly artifacts: readonly StoredArtifact[];
  readonly runs: readonly RunCommit[];
  /** A chunk whose run does not exist is dropped. */
  readonly logs: readonly LogChunk[];
}
