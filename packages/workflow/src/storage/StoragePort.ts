import type { JournalEntry, RunStatus } from "@automatosx/schemas";
import type { WorkflowError } from "../errors.js";
import type { AsyncStorage } from "./AsyncStorage.js";
import type { Commit } from "./commit.js";
import type { NoticeStorage } from "./NoticeStorage.js";
import type { ReplicaEnd, ReplicaPart } from "./ReplicaPart.js";
import type { EndedRun, RunRemoval, StorageSize } from "./retention-rows.js";
import type { AgentProcess, ExpiredLease, LeaseResult, RunOwner } from "./run-owner.js";
import type { RunPage, RunPosition, RunSearch, RunTally } from "./run-page.js";
import type {
  CheckpointSummary,
  LogChunk,
  RunCommand,
  StepAttemptRow,
  StoredCheckpoint,
  StoredDefinition,
  StoredRun,
} from "./stored-rows.js";
import type { RunTotals, TracePosition } from "./telemetry-rows.js";

export type { AsyncStorage } from "./AsyncStorage.js";
export type { Commit, RunCommit } from "./commit.js";
export type {
  NoticeClaim,
  NoticePosition,
  NoticeReceiver,
  NoticeStorage,
} from "./NoticeStorage.js";
export type { ReplicaEnd, ReplicaPart } from "./ReplicaPart.js";
export type { EndedRun, RunRemoval, StorageSize } from "./retention-rows.js";
export type { AgentProcess, ExpiredLease, LeaseResult, RunOwner } from "./run-owner.js";
export type { RunPage, RunPosition, RunSearch, RunTally } from "./run-page.js";
export type { ForkedFrom, StartedFrom } from "./started-from.js";
export type {
  CheckpointSummary,
  LogChunk,
  NewRun,
  PauseReason,
  RunCommand,
  RunUsage,
  StepAttemptRow,
  StoredArtifact,
  StoredCheckpoint,
  StoredDefinition,
  StoredRun,
} from "./stored-rows.js";
export type { RunTotals, TracePosition } from "./telemetry-rows.js";

/** Where the newest result of a request is: an entry in the journal of a run. */
export interface CachedResult {
  /** The id of the run. */
  readonly runId: string;
  /** The number of the entry. */
  readonly seq: number;
  /** When it was recorded, in ms since the epoch. */
  readonly at: number;
}

/** Which runs to list. An absent field matches every run. */
export interface RunFilter {
  /** Runs with this status. */
  readonly status?: RunStatus;
  /** Runs of the workflow with this id. */
  readonly workflowId?: string;
  /** True for the runs that a step of another run started, false for all others. */
  readonly isChild?: boolean;
  /** At most this many runs; without it, all. */
  readonly limit?: number;
}

/**
 * A change to the stored checkpoints of a run. It is valid only if they have not changed since it
 * was computed.
 */
export interface CheckpointRewrite {
  readonly runId: string;
  /** The SHA-256, by checkpoint id, of each checkpoint that was read, rewritten or removed. */
  readonly expected: ReadonlyMap<string, string>;
  /** Replace the stored checkpoints with the same ids. */
  readonly rewritten: readonly StoredCheckpoint[];
  readonly removed: readonly string[];
}

/**
 * Stores runs. All methods are synchronous: a write is durable when its call returns.
 *
 * Every method may throw a `WorkflowError` with the code `database_busy`, `database_full` or
 * `database_unusable`, or `engine_closed` after `close`. Other codes are documented on each method.
 */
export interface StoragePort {
  /**
   * The identity of this database. A copy of the database has another identity once an engine has
   * opened it, so processes that are recorded with this identity belong to this database.
   */
  readonly databaseId: string;
  /**
   * The absolute path of the database file. The directories of its runs are beside it. Absent in a
   * storage without a file.
   */
  readonly databasePath?: string;
  /**
   * The calls of a running engine without waiting for them. Absent in a storage whose methods
   * return in the time of a write to disk.
   */
  readonly asynchronous?: AsyncStorage;
  /**
   * How long an expired lease must stay unchanged before another engine claims the run, in ms:
   * `LEASE_GRACE_MS` if absent. 0 if leases expire by the clock of the database, which no engine
   * can misread.
   */
  readonly leaseGraceMs?: number;

  // --- definitions
  /** Stores a definition. If its hash is already stored, nothing changes. */
  saveWorkflow(definition: StoredDefinition): void;
  /** Returns the definition with this hash. */
  getWorkflow(hash: string): StoredDefinition | undefined;
  /** Returns all definitions, newest first. */
  listWorkflows(): readonly StoredDefinition[];

  // --- the journal
  /**
   * Writes the whole commit in one transaction, or none of it.
   *
   * When it returns, the whole commit is durable: with durability `full` it survives a power cut,
   * with `process` only the death of this process. Only then perform the effects that follow from
   * the entries.
   *
   * When it throws, nothing was written. What to do next depends on the code:
   * - `lease_lost`, `run_not_found`: the run in the error's `runId` has a newer epoch or no owner,
   * or was removed. Drop it and commit the other runs again.
   * - `run_exists`: a run with the id of a new run already exists. Drop the new run.
   * - `checkpoint_not_found`: one of `restoresCheckpoints` was removed. The run must not restore
   *   it.
   * - `database_busy`, `database_full`: commit the same again, later.
   * - `internal`: an entry does not follow the last one, or a row breaks a constraint. A defect.
   *   One of them is an entry `definition_changed` whose definition is not stored.
   * - `database_unusable`: whether the commit is stored is only known after opening the database
   *   again.
   */
  commit(commit: Commit): void;
  /**
   * Adds a part of a run that another backend executes to its copy, in one transaction, without a
   * lease. What is stored already must be the same, and is not written again; the run's row changes
   * only with the newest part. Returns how far the copy has come, also for a part without entries.
   *
   * When it throws, nothing was written:
   * - `journal_diverged`: an entry differs from the stored one, the run began differently, or an
   *   engine has adopted it. An alarm: the backend's decisions were not repeatable.
   * - `run_not_found`: there is no copy yet, and the part has no `newRun`.
   * - `run_exists`: a run with this id exists that is not a copy from this backend.
   * - `internal`: the part begins after the end of the copy. Send the parts before it first.
   */
  replicate(part: ReplicaPart): ReplicaEnd;
  /**
   * Yields the entries after `afterSeq` in order, each checked against the hash chain. Throws
   * `journal_damaged` after the last good entry. The journal may be appended to while it is being
   * read.
   */
  readJournal(runId: string, afterSeq?: number): Iterable<JournalEntry>;
  /** Returns the content stored under a hash. The caller checks that the content has that hash. */
  getArtifact(sha256: string): string | undefined;
  /**
   * Returns where the newest result of the request with this key is. It may be gone: the caller
   * checks the entry.
   */
  cachedResult(key: string): CachedResult | undefined;

  // --- runs
  /** Returns the run with this id. Throws `journal_damaged` when its row fails its checks. */
  getRun(runId: string): StoredRun | undefined;
  /**
   * Returns at most ten runs whose id contains `part`, newest first. None for an empty `part`, and
   * none that a step of another run started.
   */
  findRuns(part: string): readonly StoredRun[];
  /** Returns runs, newest first. A damaged run is included, with its `damage` field set. */
  listRuns(filter?: RunFilter): readonly StoredRun[];
  /**
   * Returns the next `limit` runs after a position, newest first, or the first ones. Looks at a
   * limited number of runs: a page may have fewer runs although others follow. Unlike `listRuns` it
   * trusts the indices, so that a page takes the same time in a database of any size.
   */
  pageRuns(search: RunSearch, limit: number, after?: RunPosition): RunPage;
  /** Counts runs by status, of a limited number of the newest ones if it cannot count them all. */
  tallyRuns(search: RunSearch): RunTally;
  /** Returns the runs that steps of this run started, oldest first. A damaged one is included. */
  listChildRuns(parentRunId: string): readonly StoredRun[];
  /**
   * Returns whether the run has gone back to steps that had begun: with an edited result, reopened
   * steps, or another definition. Takes microseconds.
   */
  hasGoneBack(runId: string): boolean;
  /** Returns the attempts of a run, or of one of its steps, in the order in which they started. */
  listAttempts(runId: string, stepId?: string): readonly StepAttemptRow[];
  /** Returns how many runs have each status. */
  countRuns(): Readonly<Record<RunStatus, number>>;
  /** Returns how many of them a step of another run started. */
  countChildRuns(): Readonly<Record<RunStatus, number>>;

  // --- checkpoints
  /** Returns the checkpoint with this id. The caller checks it against its sha-256. */
  getCheckpoint(checkpointId: string): StoredCheckpoint | undefined;
  /**
   * Returns the checkpoints of a run, newest first, in time proportional to their number. In a
   * damaged database some may be missing, and some may belong to another run: check `runId`.
   */
  listCheckpoints(runId: string): readonly CheckpointSummary[];
  /**
   * Returns the same list, complete even if an index is damaged, in time proportional to the
   * checkpoints of all runs. Intended for inspection, not for the write path.
   */
  scanCheckpoints(runId: string): readonly CheckpointSummary[];
  /** Returns the ids of checkpoints that the run restored, or that another run was forked from. */
  referencedCheckpoints(runId: string): readonly string[];
  /**
   * Applies the whole change and returns true. Changes nothing and returns false when a checkpoint
   * is no longer the expected one, is referenced, or has another checkpoint built on it.
   */
  rewriteCheckpoints(change: CheckpointRewrite): boolean;
  /** Returns the ids of runs with more than `moreThan` checkpoints. */
  runsWithCheckpoints(moreThan: number): readonly string[];

  // --- leases
  /**
   * Claims the run under a new epoch if it has no owner, `owner` already owns it, `isDead` says
   * that its owner is dead, or its lease expired before `now` and is still the lease in `expired`.
   * Pending commands to it are answered as withdrawn. Throws `run_not_found`, and
   * `run_owned_elsewhere` for a run that another backend executes, unless `adopts` is true.
   */
  acquireLease(request: {
    readonly runId: string;
    readonly owner: RunOwner;
    readonly now: number;
    readonly leaseUntil: number;
    readonly isDead: (owner: RunOwner) => boolean;
    /** A lease that its owner has not renewed for longer than its expiry: see `LEASE_GRACE_MS`. */
    readonly expired?: ExpiredLease;
    /**
     * True if no user requested the claim: it then counts as a failed recovery until an outcome is
     * recorded. A claim requested by a user resets the count.
     */
    readonly isRecovery?: boolean;
    /** True to take the run away from the backend that executes it: its row forgets the backend. */
    readonly adopts?: boolean;
  }): LeaseResult;
  /** Stores the error of a failed recovery, and raises the count to at least `failedRecoveries`. */
  recordFailedRecovery(runId: string, failedRecoveries: number, error: string): void;
  /**
   * Called by the engine that has lost the lease of this epoch, and lives. If the run has been
   * claimed since, that claim no longer counts as a failed recovery.
   */
  withdrawFailedRecovery(runId: string, leaseEpoch: number): void;
  /**
   * Extends the leases of the listed runs that the owner still owns, and returns their ids. An
   * engine stops its work on the others.
   */
  renewLeases(ownerId: string, runIds: readonly string[], leaseUntil: number): readonly string[];
  /**
   * Returns at most `limit` runs that an engine may have to work on, oldest first: unfinished runs
   * that no engine owns, whose lease expired before `now`, or whose owner `isDead` says is dead;
   * and such runs that wait and whose `wakeAt` has come. None that another backend executes, and
   * none that is damaged. The time depends on the number of runs in progress, not of those that
   * have ended. `isDead` is called once for each owner; without it, no owner is dead.
   */
  listClaimable(
    now: number,
    limit: number,
    isDead?: (owner: RunOwner) => boolean,
  ): readonly StoredRun[];
  /**
   * Releases the run if it is still owned under this epoch. An engine that releases a run itself
   * has not died of it, so its claim no longer counts as a failed recovery.
   */
  releaseLease(runId: string, leaseEpoch: number): void;

  // --- commands from other processes
  /** Stores a command for the owner of the run, and returns its id. */
  sendCommand(command: Omit<RunCommand, "commandId">): number;
  /** Returns the unanswered commands to runs of this owner, oldest first. */
  pendingCommands(ownerId: string): readonly RunCommand[];
  /** Stores the answer to a command. If it already has one, nothing changes. */
  answerCommand(commandId: number, answer: string, at: number): void;
  /** Returns the answer to a command; undefined if there is none yet. */
  commandAnswer(commandId: number): string | undefined;
  /**
   * Returns a number that changes whenever another connection commits. Inexpensive enough to poll.
   */
  dataVersion(): number;
  /**
   * Calls `listener` soon after another connection has committed, and returns the function that
   * ends it. `mayBeClaimable` is false if the commit has left no run to claim; without it, it may
   * have. Absent in a storage that cannot tell: poll `dataVersion`.
   */
  onChange?(listener: (mayBeClaimable?: boolean) => void): () => void;

  // --- processes of agents
  /** Returns the process groups of all attempts of a run, ended or not. */
  agentProcesses(runId: string): readonly AgentProcess[];

  // --- notices
  /** How far the notices of runs came to their receivers. */
  readonly notices: NoticeStorage;

  // --- logs of agents
  /**
   * Returns the log of a run, of one of its steps, or of one attempt at it, in order, starting
   * after `afterId`. It stops after the chunk with which the texts reach `maxLength` characters; by
   * default it reads to the end.
   */
  readLogs(
    runId: string,
    stepId?: string,
    afterId?: number,
    maxLength?: number,
    attemptNumber?: number,
  ): readonly (LogChunk & { readonly id: number })[];
  /**
   * Returns the last chunks of a step's log, in order: at most `maxChunks`, in time proportional to
   * them. Of each text, only the last `maxLength` characters are returned.
   */
  lastLogs(
    runId: string,
    stepId: string,
    maxChunks: number,
    maxLength: number,
  ): readonly LogChunk[];

  // --- telemetry: absent in a storage that does not support it
  /** Returns the totals over all runs, in time proportional to their number. */
  runTotals?(): readonly RunTotals[];
  /** Returns how far the trace of a run was exported; undefined if it never was. */
  tracePosition?(runId: string): TracePosition | undefined;
  /** Returns the ids of at most `limit` runs that may have spans to export. */
  pendingTraces?(limit: number): readonly string[];
  /**
   * Records how far traces were exported. A position never goes back; a run that was removed is
   * skipped.
   */
  saveTracePositions?(positions: readonly TracePosition[]): void;

  // --- retention: each call is one small transaction, so that other writers never wait long
  /**
   * Returns at most `limit` ended runs, oldest first, starting after `after` in that order. A run
   * that a step of another run started is not among them: it is removed with that run.
   */
  listEnded(
    after: Pick<EndedRun, "createdAt" | "runId"> | undefined,
    limit: number,
  ): readonly EndedRun[];
  /** Returns the ids of runs whose removal began and did not finish. */
  listHalfRemoved(): readonly string[];
  /** Returns the ids of runs that were forked from this one. */
  listForks(runId: string): readonly string[];
  /** Returns roughly how many bytes a run takes, including the artifacts that it refers to. */
  measureRun(runId: string): number;
  /**
   * Removes runs in the given order, each with everything that belongs to it and with its
   * definition if no other run uses it. It stops after a few rows and reports only the runs that it
   * reached; call it again with the rest. A run is kept if it has not ended, has forks, is damaged,
   * or if `isHeld` says that its owner is alive.
   */
  removeRuns(request: {
    readonly runIds: readonly string[];
    readonly isHeld: (run: StoredRun) => boolean;
  }): readonly RunRemoval[];
  /** Removes artifacts that no journal refers to, a few with each `next`, and yields how many. */
  removeUnusedArtifacts(): Iterable<number>;
  /** Returns the size of the database. */
  size(): StorageSize;
  /**
   * Releases at most `most` free pages to the file system, and returns how many. Always 0 for a
   * file that was not created for incremental vacuuming.
   */
  releasePages(most: number): number;

  /**
   * Returns `database_unusable` if what is written now would not be found again, because the file
   * was deleted, moved or replaced. Absent in a storage to which this cannot happen. It is called
   * after each commit, so it must take microseconds: with `file`, it may skip what costs more.
   */
  lost?(scope?: "file" | "all"): WorkflowError | undefined;

  /** Closes the storage. Every later call throws `engine_closed`. */
  close(): void;
}
