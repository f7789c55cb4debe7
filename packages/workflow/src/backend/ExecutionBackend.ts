import type { DefinitionIssue, JournalEntry, RunState, RunStatus } from "@automatosx/schemas";
import type { PreparedWorkflow, WorkflowFormat } from "../definition/PreparedWorkflow.js";
import type { LimitOptions } from "../drive/run-policy.js";
import type {
  CheckpointSummary,
  ForkedFrom,
  LogChunk,
  StartedFrom,
  StepAttemptRow,
  StoredDefinition,
} from "../storage/StoragePort.js";
import type { CommandOutcome, RunCommand } from "./run-command.js";

/**
 * Executes runs: in this process, or on the servers and workers of another system. The machine, the
 * journal and the commands are the same everywhere; `describeBackend` from
 * `@automatosx/workflow/testing` verifies this for an implementation. `WorkflowEngine` is the
 * embedded backend.
 *
 * Removal, verification, salvage and backup are operations on a database, not on a backend.
 */
export interface ExecutionBackend extends AsyncDisposable {
  /** The kind of backend, as used by `--backend` and in the runs' rows: `embedded`, `restate`. */
  readonly id: string;

  /** The backend's capabilities beyond the five methods. */
  readonly capabilities: Capabilities;

  /**
   * Lists the features of a workflow that this backend does not support; empty if it can run the
   * workflow.
   */
  validate(workflow: PreparedWorkflow): readonly DefinitionIssue[];

  /**
   * Starts a run, or joins the run `options.runId` if it was started with the same workflow, inputs
   * and context. Settles when the start is durable. Throws `invalid_input`, `unknown_agent` or
   * `run_exists`; then nothing was started.
   */
  start(workflow: PreparedWorkflow, options?: StartOptions): Promise<RunRef>;

  /**
   * Sends a command to a run. Settles when the run has durably accepted the command or refused it;
   * rejects only if the backend cannot be reached or its storage fails.
   */
  send(runId: string, command: RunCommand): Promise<CommandOutcome>;

  /**
   * Yields a run's journal entries after `afterSeq`, then each new one, until the run has ended or
   * is at rest. Aborting `signal` ends the iteration. Iterating throws `run_not_found`.
   */
  journal(runId: string, options?: JournalOptions): AsyncIterable<JournalEntry>;

  /** Returns the runs that match the filter, newest first. */
  list(filter?: RunFilter): Promise<readonly RunSummary[]>;

  /** Returns the run with this exact id; undefined if it does not exist. */
  get(runId: string): Promise<RunSummary | undefined>;

  /** Reads a run's data besides its journal; absent if the backend stores no other data. */
  readonly reading?: BackendReading;
}

/** A backend's capabilities beyond the five methods of `ExecutionBackend`. */
export interface Capabilities {
  /** Runs continue after the deciding process dies, without being resumed manually. */
  readonly continuesUnattended: boolean;
  /** Attempts in flight are not repeated when the backend's server is restarted. */
  readonly survivesServerRestart: boolean;
  /** An agent's limit applies across all runs and workers, not only within one run. */
  readonly limitsAgentsGlobally: boolean;
}

/** How a run is started. Every option has a default. */
export interface StartOptions extends LimitOptions {
  /**
   * The run's id; generated when omitted. If a run with this id exists and was started with the
   * same workflow, inputs and context, `start` returns that run: resumed if it is unfinished, or
   * with its `ending` if it is completed or cancelled. A caller that does not know whether its
   * start succeeded can simply call `start` again.
   */
  readonly runId?: string;
  /** The format of a workflow passed as text; detected if omitted. */
  readonly format?: WorkflowFormat;
  /** Values for the workflow's declared `inputs`. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Keys to add to the workflow's `context`, or to override in it. */
  readonly context?: Readonly<Record<string, unknown>>;
  /**
   * Where the run is started. This is kept with the run: agents get `directory` with each attempt,
   * also after another process resumed the run. It is not part of the run's identity: a start that
   * returns an existing run does not change it.
   */
  readonly startedFrom?: StartedFrom;
  /** Cancels the run when the signal is aborted. */
  readonly signal?: AbortSignal;
}

/** A run that was started or joined. */
export interface RunRef {
  /** The id of the run. */
  readonly id: string;
  /** The `id` of the workflow. */
  readonly workflowId: string;
}

/** Which part of a journal to read, and how long to follow it. */
export interface JournalOptions {
  /** The last entry that the caller already has; 0, the default, for none. */
  readonly afterSeq?: number;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

/** Which runs to list. An absent field matches every run. */
export interface RunFilter {
  /** Runs with this status. */
  readonly status?: RunStatus;
  /** Runs of the workflow with this id. */
  readonly workflowId?: string;
  /** True for the runs that a step of another run started, false for all others. */
  readonly isChild?: boolean;
  /**
   * True for the runs whose `isOrphaned` is true, false for all others. The backend judges it on
   * reading, so it may read every run that matches the other fields.
   */
  readonly isOrphaned?: boolean;
  /** The maximum number of runs to list. */
  readonly limit?: number;
}

/** A run in a list. Each `…At` is an instant in ms since the epoch. */
export interface RunSummary {
  /** The id of the run. */
  readonly runId: string;
  /** The `id` of the workflow. */
  readonly workflowId: string;
  /** The `name` of the workflow. */
  readonly workflowName: string;
  /** The `version` of the workflow. */
  readonly workflowVersion: string;
  /** The exact state. */
  readonly state: RunState;
  /** The state in coarse terms. */
  readonly status: RunStatus;
  /**
   * True if the status is `running` but no living process works on the run; it can be resumed. The
   * backend judges it on reading.
   */
  readonly isOrphaned: boolean;
  /** How many steps the workflow has. */
  readonly stepCount: number;
  /** When the run was started. */
  readonly createdAt: number;
  /** When the last journal entry was accepted; `createdAt` before the first. */
  readonly updatedAt: number;
  /** Where the run was started, if the caller of `start` gave it. */
  readonly startedFrom?: StartedFrom;
  /** The run that this one was forked from. */
  readonly forkedFrom?: ForkedFrom;
  /** The run that this one was forked from, or whose step `parentStepId` started it. */
  readonly parentRunId?: string;
  /** The step of the parent run that started this run. Absent for a fork. */
  readonly parentStepId?: string;
  /** Present once the run has ended. */
  readonly finishedAt?: number;
  /** The `seq` of the last journal entry; 0 before the first. */
  readonly journalSeq: number;
  /** Why the run failed or was cancelled. */
  readonly error?: string;
  /** The code of `error`, if the run failed before or outside its steps. */
  readonly errorCode?: string;
  /**
   * The backend that executes the run, if this is a copy that another backend keeps here: its
   * `ExecutionBackend.id`.
   */
  readonly backend?: string;
  /** Present if the stored run is damaged; the other fields are then unreliable. */
  readonly damage?: string;
}

/** The data that a backend stores about its runs besides their journals. */
export interface BackendReading {
  /**
   * Returns the agents' output after the chunk `afterId`, oldest first. To read a long log in
   * bounded memory, pass `maxLength`: the answer ends after the chunk with which the texts reach
   * that many characters, and the next call continues after its last chunk.
   */
  logs(
    runId: string,
    options?: {
      readonly stepId?: string;
      readonly afterId?: number;
      readonly maxLength?: number;
    },
  ): Promise<readonly (LogChunk & { readonly id: number })[]>;
  /** Returns the attempts of a run, or of one step, in the order in which they began. */
  attempts(runId: string, stepId?: string): Promise<readonly StepAttemptRow[]>;
  /** Returns the checkpoints of a run, newest first. */
  checkpoints(runId: string): Promise<readonly CheckpointSummary[]>;
  /** Returns the definition that a run has now; undefined if the run does not exist. */
  definition(runId: string): Promise<StoredDefinition | undefined>;
}
