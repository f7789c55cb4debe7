import type { RunState, RunStatus } from "@automatosx/schemas";
import type { CommandOutcome, RunCommand } from "@automatosx/workflow";
import type { AttemptRequest, Outcome, RunStart, Turn } from "@automatosx/workflow/drive";
import type {
  CheckpointData,
  ChildRest,
  StartedFrom,
  StepFacts,
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
  /** The step that runs the workflow, for a child run. */
  readonly parent?: ParentStep;
  /** The definitions of the runs that steps of the run, and theirs, may start. */
  readonly children?: readonly StoredDefinition[];
}

/** The step that runs a workflow as a run of its own. */
export interface ParentStep {
  readonly runId: string;
  readonly stepId: string;
  /** At which level its run is; the first run is at level 1. */
  readonly depth: number;
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
  /** The definitions of the runs that its steps may start. */
  readonly children?: readonly StoredDefinition[];
  /** The state to restore before the run is resumed. */
  readonly checkpoint?: CheckpointData;
}

/** A command in the inbox of its run. */
export interface QueuedCommand extends CommandMessage {
  readonly sentAt: number;
  /** The awakeable that receives the outcome, if anybody waits for it. */
  readonly answerTo?: string;
  /** Names a message in the inbox that has no `answerTo`. */
  readonly id?: string;
  /** Present if the step that runs this run has sent it. */
  readonly fromParent?: {
    /** The parent. A run with another one ignores the command. */
    readonly runId: string;
    /** Whether a user has resumed the parent, and with it the runs that a user has paused. */
    readonly isByUser?: boolean;
    /** Whether a run that is being cancelled already ignores the command. */
    readonly isOnce?: boolean;
  };
}

/**
 * What a run tells the run that started it, or the other way round: a child run was `answered`
 * while it waits; it was `resumed`; it is to `continue` by itself.
 */
export interface FamilyNews {
  /** Names the message in the inbox. */
  readonly id?: string;
  readonly news: "answered" | "resumed" | "continue";
  readonly sentAt: number;
  /** The child run. */
  readonly runId: string;
  /** The step that runs it. */
  readonly stepId: string;
}

/** What the inbox of a run keeps for it. */
export type QueuedMessage = QueuedCommand | FamilyNews;

/** Returns what names a message in an inbox: its answer, or what the inbox has named it. */
export function nameOf(message: QueuedMessage): string {
  return ("news" in message ? message.id : (message.answerTo ?? message.id)) ?? "";
}

/** A segment that listens for commands, or has listened. */
export interface ListenMessage {
  /** The awakeable that receives the commands. */
  readonly listener: string;
}

/** A segment that listens for the next commands. */
export interface TakeMessage extends ListenMessage {
  /** The messages that it has performed, by their names: see `nameOf`. */
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

/** An attempt at a step that runs a workflow, for the parent's own object. */
export interface ChildMessage extends AttemptMessage {
  /** What the journal of the parent says about the step. */
  readonly facts: StepFacts;
  /** Whether a child run that a user has paused is resumed too. */
  readonly resumesPaused: boolean;
  /** Where the last call of this attempt has stopped. Absent in the first one. */
  readonly leg?: ChildLeg;
}

/**
 * An attempt that waits for its child run. A call of it lasts no longer than a segment, so that a
 * newer worker gets the next one.
 */
export interface ChildLeg {
  /** Counts the calls of the attempt, from 1. */
  readonly number: number;
  readonly childId: string;
  /** Whether this attempt has started or resumed the child run, or found it in progress. */
  readonly hasJoined: boolean;
  /** How often runs of the step had come to rest when the child run was last looked at. */
  readonly rests: number;
  /** Whether the child run was to be cancelled before the attempt joined it. */
  readonly isStopped?: boolean;
}

/** The outcome of an attempt at such a step, or where the next call is to continue. */
export type ChildAnswer = AttemptAnswer | { readonly continues: ChildLeg };

/** A child run, for the attempt that waits for it. */
export interface ChildState {
  readonly status: RunStatus;
  readonly definitionHash: string;
  readonly inputs: RunStart["inputs"];
  readonly finishedAt?: number;
  /** Marks references in `rest`. */
  readonly referenceKey: string;
  /** How it came to rest. Absent while it does not rest. */
  readonly rest?: StoredRest;
}

/** How a child run came to rest, or the artifact that says so if it is long. */
export type StoredRest = ChildRest | { readonly stored: string };

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
  readonly parentRunId?: string;
  readonly parentStepId?: string;
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
