import type { RunState, RunStatus } from "@automatosx/schemas";
import type { LogStream } from "../agents/AgentPort.js";
import type { RunOwner } from "./run-owner.js";
import type { ForkedFrom, StartedFrom } from "./started-from.js";

/**
 * A workflow definition, stored once per hash. Each run stores the hash it started with, so it
 * always uses that exact text. Here and below, an `…At` is an instant in ms since the epoch.
 */
export interface StoredDefinition {
  /** The SHA-256, in hex, of the normalised definition in RFC 8785 form. */
  readonly hash: string;
  /** The `id` of the workflow. */
  readonly workflowId: string;
  /** The `name` of the workflow. */
  readonly name: string;
  /** The `version` of the workflow. */
  readonly version: string;
  /** The format of the text. */
  readonly format: "yaml" | "json";
  /** The text as the user wrote it. */
  readonly source: string;
  /** The normalised definition as JSON text. */
  readonly definition: string;
  /** How many steps the workflow has. */
  readonly stepCount: number;
  /** When the definition was first stored, in ms since the epoch. */
  readonly createdAt: number;
}

/** A saved state of a run: the whole state, or the difference from the checkpoint it builds on. */
export interface StoredCheckpoint {
  readonly checkpointId: string;
  readonly runId: string;
  /** The sequence number of the last journal entry that this state includes. */
  readonly seq: number;
  readonly kind: "automatic" | "manual" | "step";
  readonly name?: string;
  readonly createdAt: number;
  /** The checkpoint that `payload` is a difference from; absent if `payload` is a whole state. */
  readonly parentCheckpointId?: string;
  readonly completedCount: number;
  /** JSON text. */
  readonly payload: string;
  /** The SHA-256, in hex, of all other fields. */
  readonly sha256: string;
}

/** A checkpoint as it appears in a list, without its payload. */
export type CheckpointSummary = Omit<StoredCheckpoint, "payload" | "sha256" | "parentCheckpointId">;

/** A result too large for the journal. Identical content is stored once. */
export interface StoredArtifact {
  /** The sha-256, in hex, of `content`. */
  readonly sha256: string;
  /** JSON text. */
  readonly content: string;
}

/** A chunk of an agent's output during one attempt. */
export interface LogChunk {
  /** The id of the run. */
  readonly runId: string;
  /** The path of the step. */
  readonly stepId: string;
  /** The number of the attempt, from 1. */
  readonly attemptNumber: number;
  /** Which output of the agent it is. */
  readonly stream: LogStream;
  /** When it was written, in ms since the epoch. */
  readonly at: number;
  /** The output: a chunk may end within a line. */
  readonly text: string;
}

/**
 * A run to create: in state `idle`, owned by `owner` under lease epoch 1. Without an owner, it
 * waits for an engine that claims it.
 */
export interface NewRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly definitionHash: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly context: Readonly<Record<string, unknown>>;
  readonly createdAt: number;
  readonly startedFrom?: StartedFrom;
  readonly forkedFrom?: ForkedFrom;
  readonly owner?: RunOwner;
  /** When the lease of `owner` expires. */
  readonly leaseUntil?: number;
  /** The run that this one was forked from, or whose step `parentStepId` starts it. */
  readonly parentRunId?: string;
  /** The checkpoint that the run is forked from. */
  readonly parentCheckpointId?: string;
  /** The step of the parent run that starts this run. Absent for a fork. */
  readonly parentStepId?: string;
}

/**
 * Why a run paused itself: for people, signals or unknown outcomes, or because its budget is used
 * up.
 */
export type PauseReason = "waiting" | "budget";

/** What a run has used. */
export interface RunUsage {
  /** How many attempts it has started. */
  readonly attempts: number;
  /** Tokens read and written. Absent if no attempt has reported any. */
  readonly tokens?: number;
  /** The price in US dollars. Absent if no attempt has reported one. */
  readonly usd?: number;
}

/** A run's row. `state` is exact; `status` is its coarse, human-readable form. */
export interface StoredRun {
  /** The id of the run. */
  readonly runId: string;
  /** The `id` of the workflow. */
  readonly workflowId: string;
  /**
   * The `name` of the workflow, in its current definition, as `workflowVersion` and `stepCount`.
   */
  readonly workflowName: string;
  /** The `version` of the workflow. */
  readonly workflowVersion: string;
  /** The hash of the definition that the run was started with. */
  readonly definitionHash: string;
  /**
   * The hash of the definition that the run has now. Absent as long as neither its definition nor
   * its inputs were changed.
   */
  readonly currentDefinitionHash?: string;
  /** The exact state. */
  readonly state: RunState;
  /** The state in coarse terms. */
  readonly status: RunStatus;
  /** The inputs that the run was started with, with defaults filled in. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /** The context that the run was started with. */
  readonly context: Readonly<Record<string, unknown>>;
  /** How many steps the workflow has. */
  readonly stepCount: number;
  /** Why the run failed or was cancelled. */
  readonly error?: string;
  /** The code of `error`, if the run failed before or outside its steps. */
  readonly errorCode?: string;
  /** When the run was started, in ms since the epoch. */
  readonly createdAt: number;
  /** Absent if the caller of `start` did not give it. */
  readonly startedFrom?: StartedFrom;
  /** The run that this one was forked from. */
  readonly forkedFrom?: ForkedFrom;
  /** When the newest recorded journal entry was accepted; `createdAt` before the first. */
  readonly updatedAt: number;
  /** When the run ended, in ms since the epoch. */
  readonly finishedAt?: number;
  /** Why a paused run paused itself; absent if a user paused it. */
  readonly pauseReason?: PauseReason;
  /**
   * For a run that waits: when it has something to do, because a question expires or was answered,
   * in ms since the epoch.
   */
  readonly wakeAt?: number;
  /**
   * What the run had used when it last came to rest, child runs included. Absent before that, and
   * for a run that has rested only in an older version.
   */
  readonly used?: RunUsage;
  /**
   * The sequence number of a journal entry that is known to exist; there may be newer ones. 0
   * before the first.
   */
  readonly journalSeq: number;
  /** Absent when no engine owns the run. */
  readonly owner?: RunOwner;
  /** When the lease expires unless its owner renews it. */
  readonly leaseUntil?: number;
  /** Increases by one with each claim. A write under an older epoch is refused. */
  readonly leaseEpoch: number;
  /** The number of consecutive recoveries that claimed the run without recording an outcome. */
  readonly failedRecoveries: number;
  /**
   * The error of the last failed recovery; absent when its engine died before it could report one.
   */
  readonly recoveryError?: string;
  /**
   * The backend that executes the run, as `ExecutionBackend.id`: `restate`. The rows here are a
   * copy. Absent if engines of this database execute it.
   */
  readonly backend?: string;
  /** The run that this one was forked from, or whose step `parentStepId` started it. */
  readonly parentRunId?: string;
  /** The checkpoint that the run was forked from. */
  readonly parentCheckpointId?: string;
  /** The step of the parent run that started this run. Absent for a fork. */
  readonly parentStepId?: string;
  /** In lists only: why the row failed its checks. Its other fields are then unreliable. */
  readonly damage?: string;
}

/** One attempt at a step, derived from the journal: a row of the view `workflow_step_attempts`. */
export interface StepAttemptRow {
  /** The id of the run. */
  readonly runId: string;
  /** The id of the step. */
  readonly stepId: string;
  /** The number of the attempt, from 1. */
  readonly attemptNumber: number;
  /** How the attempt ended, or `running`. */
  readonly status: "running" | "completed" | "failed" | "interrupted";
  /** When the attempt was started, in ms since the epoch. */
  readonly startedAt: number;
  /** When its outcome was recorded, in ms since the epoch. */
  readonly finishedAt?: number;
  /** Why the attempt failed. */
  readonly error?: string;
}

/** A request from another process to the owner of a run. */
export interface RunCommand {
  readonly commandId: number;
  readonly runId: string;
  /** Lower-case letters and underscores: `answer`. */
  readonly verb: string;
  /** JSON text: `{"name": "before-tests"}` for a named checkpoint. */
  readonly argument: string;
  readonly sentAt: number;
}
