import type { JournalEntry, RunState, RunStatus } from "@automatosx/schemas";
import type { LogStream } from "../agents/AgentPort.js";

/** A definition as kept: by hash, so that a run always finds the text that it began with. */
export interface StoredDefinition {
  /** sha-256, hex, of the normalised definition in RFC 8785 form. */
  readonly hash: string;
  readonly workflowId: string;
  readonly name: string;
  readonly version: string;
  readonly format: "yaml" | "json";
  /** The text as the user wrote it. */
  readonly source: string;
  /** The normalised definition as JSON text. */
  readonly definition: string;
  readonly stepCount: number;
  readonly createdAt: number;
}

export interface StoredCheckpoint {
  readonly checkpointId: string;
  readonly runId: string;
  /** The journal position that it holds the state of. */
  readonly seq: number;
  readonly kind: "automatic" | "manual" | "step";
  readonly name?: string;
  readonly createdAt: number;
  /** The checkpoint that `payload` is the difference to; absent when it is whole. */
  readonly parentCheckpointId?: string;
  readonly completedCount: number;
  /** JSON text. */
  readonly payload: string;
  /** sha-256, hex, over all other fields. */
  readonly sha256: string;
}

/** A checkpoint as listed: without its payload. */
export type CheckpointSummary = Omit<StoredCheckpoint, "payload" | "sha256" | "parentCheckpointId">;

/** A result too large for the journal, kept once by the hash of its content. */
export interface StoredArtifact {
  readonly sha256: string;
  /** JSON text. */
  readonly content: string;
}

export interface LogChunk {
  readonly runId: string;
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly stream: LogStream;
  readonly at: number;
  readonly text: string;
}

/** Who may write a run's journal. A process is known by its id and its start time, since ids are used again. */
export interface RunOwner {
  /** Unique to one engine. */
  readonly ownerId: string;
  readonly host: string;
  readonly pid: number;
  /** From the operating system, in its own unit; only compared for equality. Empty where it cannot be had. */
  readonly processStart: string;
}

/** A process group in which an agent works, on disk before its program is given the task. */
export interface AgentProcess {
  readonly runId: string;
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly host: string;
  /** The process that leads the group; the group has its id. */
  readonly pid: number;
  /** As in `RunOwner`. */
  readonly processStart: string;
}

/** A run that begins: in state `idle`, held by its owner under lease epoch 1. */
export interface NewRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly definitionHash: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly owner: RunOwner;
  readonly leaseUntil: number;
  readonly parentRunId?: string;
  readonly parentCheckpointId?: string;
}

/** A run as it stands in the database. `state` is exact, `status` the coarse word for people. */
export interface StoredRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly workflowVersion: string;
  readonly definitionHash: string;
  readonly state: RunState;
  readonly status: RunStatus;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly stepCount: number;
  readonly error?: string;
  readonly errorCode?: string;
  readonly createdAt: number;
  /** When the last entry of its journal was accepted; until there is one, when it began. */
  readonly updatedAt: number;
  readonly finishedAt?: number;
  /** The last entry of its journal; 0 before the first. */
  readonly journalSeq: number;
  readonly owner?: RunOwner;
  readonly leaseUntil?: number;
  readonly leaseEpoch: number;
  /** How often in a row `recover` took the run up and no outcome was recorded. */
  readonly failedRecoveries: number;
  /** What the last of them met with, where it could say. */
  readonly recoveryError?: string;
  readonly parentRunId?: string;
  readonly parentCheckpointId?: string;
  /** In lists only: the row did not pass its checks, and what else it says is not to be relied on. */
  readonly damage?: string;
}

/** What one turn of the event loop accepted for one run. */
export interface RunCommit {
  readonly runId: string;
  /** The epoch under which the writer holds the run; a write under an older one is refused. */
  readonly leaseEpoch: number;
  readonly entries: readonly JournalEntry[];
  readonly checkpoints: readonly StoredCheckpoint[];
  readonly processes?: readonly AgentProcess[];
  /** Checkpoints of the run that the entries go back to; where one is gone, nothing is written: `checkpoint_not_found`. */
  readonly restoresCheckpoints?: readonly string[];
  /** The run went on after a recovery: those that failed before are forgotten. */
  readonly clearsFailedRecoveries?: boolean;
  /** Present when the run row has to change. */
  readonly run?: {
    readonly state: RunState;
    readonly status: RunStatus;
    readonly updatedAt: number;
    readonly error?: string;
    readonly errorCode?: string;
    readonly finishedAt?: number;
    /** Gives the lease back in the same transaction. */
    readonly release?: boolean;
  };
}

/** One transaction: the turns of any number of runs, new runs first. */
export interface Commit {
  /** What the new runs begin with; one that is there already is left alone. In the same transaction, so that none is taken away in between. */
  readonly definitions?: readonly StoredDefinition[];
  readonly newRuns: readonly NewRun[];
  readonly artifacts: readonly StoredArtifact[];
  readonly runs: readonly RunCommit[];
  readonly logs: readonly LogChunk[];
}

export type LeaseAnswer =
  | { readonly held: true; readonly leaseEpoch: number }
  | { readonly held: false; readonly owner: RunOwner; readonly leaseUntil: number };

/** A wish from another process to the owner of a run. */
export interface RunCommand {
  readonly commandId: number;
  readonly runId: string;
  readonly verb: "pause" | "cancel" | "resume" | "checkpoint";
  /** JSON text: `{"name": "before-tests"}` for a checkpoint. */
  readonly argument: string;
  readonly sentAt: number;
}

export interface RunFilter {
  readonly status?: RunStatus;
  readonly workflowId?: string;
  readonly limit?: number;
}

/** A run that has ended, as far as retention has to know it. */
export interface EndedRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly status: "completed" | "failed" | "cancelled";
  readonly createdAt: number;
  readonly finishedAt: number;
}

/** What became of a run that was to be taken away. */
export interface RunRemoval {
  readonly runId: string;
  /** `part`: too much for one transaction. It can only be removed now; the next call goes on with it. */
  readonly outcome: "removed" | "part" | "kept";
  /** Why it was kept: not over, in someone's hands, another run was forked from it, or its row is damaged. */
  readonly because?: "not_ended" | "held" | "forked" | "damaged";
  /** Of large results that it named and that are still there, in bytes: no other run may need them. */
  readonly artifactBytes: number;
  /** Its definition went with it, since no other run has it. */
  readonly tookDefinition?: boolean;
}

/** What a change of stored checkpoints was worked out from: it holds only as long as they are what was read. */
export interface CheckpointRewrite {
  readonly runId: string;
  /** The sha-256 of every checkpoint that is read, changed or removed, as it was, by id. */
  readonly seen: ReadonlyMap<string, string>;
  /** Put in place of those with the same ids. */
  readonly rewritten: readonly StoredCheckpoint[];
  readonly removed: readonly string[];
}

/** Bytes of the database, without its log. */
export interface StorageSize {
  readonly fileBytes: number;
  /** Without pages that are free for what comes. */
  readonly usedBytes: number;
}

/** One attempt as the journal tells it; the row of the view `workflow_step_attempts`. */
export interface StepAttemptRow {
  readonly runId: string;
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly status: "running" | "completed" | "failed" | "interrupted";
  readonly startedAt: number;
  readonly finishedAt?: number;
  readonly error?: string;
}

/**
 * Where runs are kept. Synchronous: the writer is this process, and a commit is over when the call returns.
 * Every method may throw a `WorkflowError` with a `database_*` code; the other codes are named at the method.
 */
export interface StoragePort {
  // --- definitions
  /** Keeps a definition; a hash that is there already is left alone. */
  saveDefinition(definition: StoredDefinition): void;
  getDefinition(hash: string): StoredDefinition | undefined;
  listDefinitions(): readonly StoredDefinition[];

  // --- the journal
  /** Writes all of it or nothing, on disk when it returns. `lease_lost`, naming the run, when one has a newer epoch or no owner. */
  commit(commit: Commit): void;
  /** The entries after `afterSeq` in order, each checked against the hash chain. `journal_damaged` names the last good one. */
  readJournal(runId: string, afterSeq?: number): Iterable<JournalEntry>;
  /** As it is stored; whether it matches its hash is for the caller to see, who knows where it belongs. */
  getArtifact(sha256: string): string | undefined;

  // --- runs
  /** `journal_damaged` when its row is not what was written. */
  getRun(runId: string): StoredRun | undefined;
  /** Runs whose id contains `part`, newest first, at most ten. */
  findRuns(part: string): readonly StoredRun[];
  /** Newest first. A damaged run is among them, with `damage`. */
  listRuns(filter?: RunFilter): readonly StoredRun[];
  listAttempts(runId: string, stepId?: string): readonly StepAttemptRow[];
  countRuns(): Readonly<Record<RunStatus, number>>;

  // --- checkpoints
  getCheckpoint(checkpointId: string): StoredCheckpoint | undefined;
  /** Newest first. In a damaged database one may be missing, or another run's be among them: `runId` says whose each is. */
  listCheckpoints(runId: string): readonly CheckpointSummary[];
  /** The same with none missing, in a time that grows with all checkpoints that there are: for people. */
  scanCheckpoints(runId: string): readonly CheckpointSummary[];
  /** Ids that are needed besides the newest: what the run went back to, and what other runs were forked from. */
  referredCheckpoints(runId: string): readonly string[];
  /** All of it or nothing; false when a checkpoint is not what was read any more, or another builds on one to be removed. */
  rewriteCheckpoints(change: CheckpointRewrite): boolean;
  /** Runs that have more than so many checkpoints. */
  runsWithCheckpoints(moreThan: number): readonly string[];

  // --- leases
  /** Takes the run, under a new epoch, when it is free, expired at `now`, ours, or its owner is dead. `run_not_found`. */
  acquireLease(request: {
    readonly runId: string;
    readonly owner: RunOwner;
    readonly now: number;
    readonly leaseUntil: number;
    readonly isDead: (owner: RunOwner) => boolean;
    /** Unasked by a person: counted as a failed recovery until an outcome is recorded. Otherwise the count begins anew. */
    readonly isRecovery?: boolean;
  }): LeaseAnswer;
  /** A recovery met with an error: keeps it, and has the count be at least `failedRecoveries`. */
  recordFailedRecovery(runId: string, failedRecoveries: number, error: string): void;
  /** Prolongs the leases of these runs, as far as the owner has them still. */
  renewLeases(ownerId: string, runIds: readonly string[], leaseUntil: number): void;
  releaseLease(runId: string, leaseEpoch: number): void;

  // --- commands from other processes
  sendCommand(command: Omit<RunCommand, "commandId">): number;
  /** Commands for runs of this owner that are not answered yet, oldest first. */
  pendingCommands(ownerId: string): readonly RunCommand[];
  answerCommand(commandId: number, answer: string, at: number): void;
  /** The first answer; undefined while no one has answered. */
  commandAnswer(commandId: number): string | undefined;
  /** Changes whenever another process has committed something: cheap to ask often. */
  dataVersion(): number;

  // --- processes of agents
  /** Those of a run's attempts, ended or not. */
  agentProcesses(runId: string): readonly AgentProcess[];

  // --- logs of agents
  readLogs(
    runId: string,
    stepId?: string,
    afterId?: number,
  ): readonly (LogChunk & { readonly id: number })[];

  // --- retention: every call is one small transaction, so that no other writer waits long
  /** Oldest first, those after `after` in that order. */
  listEnded(
    after: Pick<EndedRun, "createdAt" | "runId"> | undefined,
    limit: number,
  ): readonly EndedRun[];
  /** Runs of which a part was removed when whoever did it died. */
  listHalfRemoved(): readonly string[];
  /** Who was forked from the run. */
  listForks(runId: string): readonly string[];
  /** About how many bytes the run takes, the large results that it names among them. */
  measureRun(runId: string): number;
  /**
   * Takes runs away in this order, with all that belongs to them and a definition that no other run has, as many as are few
   * rows; answers for those that it came to. Only a run that has ended, that no living process holds and from which no
   * other was forked: any other is kept.
   */
  removeRuns(request: {
    readonly runIds: readonly string[];
    readonly isHeld: (owner: RunOwner, leaseUntil: number) => boolean;
  }): readonly RunRemoval[];
  /** Takes away large results that no journal names, a few for each `next`; gives how many these were. */
  removeUnusedArtifacts(): Iterable<number>;
  size(): StorageSize;
  /** Gives at most so many free pages back to the disk, where the file was made for it; gives their number. */
  releasePages(most: number): number;

  close(): void;
}
