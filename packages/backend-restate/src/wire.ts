import type { RunState, RunStatus } from "@automatosx/schemas";
import type { CommandOutcome, RunCommand } from "@automatosx/workflow";
import type { AttemptRequest, Outcome, RunStart, Turn } from "@automatosx/workflow/drive";
import type {
  CheckpointData,
  StartedFrom,
  StoragePort,
  StoredCheckpoint,
  StoredDefinition,
} from "@automatosx/workflow/hosting";

/** What clients and services send each other, and what a run stores. Plain data. */

/** A run to start. Its client has checked it. */
export interface StartMessage {
  readonly runId: string;
  readonly createdAt: number;
  /** What can fold the run: see `CORE_FORMAT`. */
  readonly coreFormat: string;
  /** A random text that marks references to results, so that no agent can forge one. */
  readonly referenceKey: string;
  /** The definition of the run. */
  readonly definition: StoredDefinition;
  readonly inputs: RunStart["inputs"];
  readonly context: RunStart["context"];
  readonly policy: RunStart["policy"];
  readonly startedFrom?: StartedFrom;
}

/** A run for `axw_run` to begin. */
export interface BeginMessage {
  readonly start: StartMessage;
  /**
   * Whether the rows of the run are kept on the server. The worker that begins the run decides it:
   * every other must make the same steps when it replays a segment.
   */
  readonly keepsRows: boolean;
  /** The awakeable that receives the id of the one with which the first segment listens. */
  readonly answerTo: string;
}

/** Whether a start began the run, or found one that was started alike. */
export type StartAnswer =
  | { readonly ok: true; readonly begun: boolean }
  | { readonly ok: false; readonly differences: readonly string[] };

/** A command with all that a run needs to perform it. */
export interface CommandMessage {
  readonly command: RunCommand;
  /** The definition that an amendment names. */
  readonly definition?: StoredDefinition;
  /** The state to restore before the run is resumed. */
  readonly checkpoint?: CheckpointData;
}

/** A command in the inbox of its run. */
export interface QueuedCommand extends CommandMessage {
  readonly sentAt: number;
  /** The awakeable that receives the outcome. */
  readonly answerTo: string;
}

/** A segment that listens for commands, or has listened. */
export interface ListenMessage {
  /** The awakeable that receives the commands. */
  readonly listener: string;
}

/** A segment that listens for the next commands. */
export interface TakeMessage extends ListenMessage {
  /** The commands that it has performed, by their `answerTo`. */
  readonly performed: readonly string[];
}

/** What a client sends to `axw_client`. */
export interface SentCommand extends CommandMessage {
  readonly runId: string;
}

export type { CommandOutcome };

/** An attempt for the worker that has its agent. */
export interface AttemptMessage {
  readonly idempotencyKey: string;
  readonly runId: string;
  readonly stepId: string;
  readonly attemptNumber: number;
  /** The request; absent if it is too large for a message. */
  readonly request?: AttemptRequest;
  /** The artifact that has the request. */
  readonly stored?: string;
  readonly referenceKey: string;
  /** Whether the result may decide something, so that the run needs its content. */
  readonly isDeciding: boolean;
  readonly effectKey?: string;
}

/** The outcome of an attempt. A large result is stored, and `reference` names it. */
export type AttemptAnswer = Outcome & {
  readonly reference?: { readonly sha256: string; readonly bytes: number };
};

/** A turn of a run as rows. */
export interface RowPart {
  readonly afterSeq: number;
  readonly entries: Turn["entries"];
  readonly checkpoints?: readonly StoredCheckpoint[];
  readonly definitions?: readonly StoredDefinition[];
  readonly run?: NonNullable<Turn["run"]>;
}

/** A run, as it was when its row last changed. */
export interface RunRow {
  /** Whether its rows are kept on the server; else they are in the database of the workers. */
  readonly keepsRows?: boolean;
  readonly runId: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly workflowVersion: string;
  readonly state: RunState;
  readonly status: RunStatus;
  readonly stepCount: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly journalSeq: number;
  readonly startedFrom?: StartedFrom;
  readonly finishedAt?: number;
  readonly error?: string;
  readonly errorCode?: string;
  /** The row of the run as its last turn has written it; absent before the first one. */
  readonly written?: NonNullable<Turn["run"]>;
  /** Why the rows of the run cannot be trusted. */
  readonly damage?: string;
}

/** What a run has now. */
export type PresentRun = Pick<RunStart, "definition" | "inputs" | "context">;

/** Which rows of a run are asked for. */
export interface RowsMessage {
  /** Those after this entry. */
  readonly afterSeq: number;
  /**
   * For a follower: collects what happens for this long, in ms, and then waits for something to
   * happen. Only a worker that drives the run waits.
   */
  readonly collectMs?: number;
}

/** Which page of the output of a run's agents to read. */
export interface LogsQuery {
  /** The id of the run. */
  readonly runId: string;
  /** The step whose output is read; absent for all. */
  readonly stepId?: string;
  /** The id of the last piece of the page before; 0 for the first page. */
  readonly afterId: number;
}

/** Pieces of output, in order. */
export type LogPieces = ReturnType<StoragePort["readLogs"]>;

/** A page of the rows of a run. */
export interface RowsAnswer {
  /** Present in the first page, after entry 0, but not for a follower. */
  readonly start?: StartMessage;
  readonly parts: readonly RowPart[];
  /** Whether there are further parts now. */
  readonly hasMore: boolean;
  /** Whether the worker has waited for something to happen. */
  readonly hasWaited?: boolean;
  /** The row of the run now. */
  readonly row: RunRow;
}
