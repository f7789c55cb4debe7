import type { DefinitionIssue, JournalEntry, RunState, RunStatus } from "@automatosx/schemas";
import type { PreparedWorkflow, WorkflowFormat } from "../definition/PreparedWorkflow.js";
import type { LimitOptions } from "../drive/run-policy.js";
import type { LogChunk, StepAttemptRow } from "../storage/StoragePort.js";
import type { CommandOutcome, RunCommand } from "./run-command.js";

/**
 * Where runs are executed: in this process, or on the servers and workers of another system. The
 * machine, the journal and the commands are the same everywhere; `describeBackend` of
 * `@automatosx/workflow/testing` proves it for an implementation. `WorkflowEngine` is the embedded
 * one.
 *
 * Removal, verification, salvage and backup are verbs of a database, not of a backend.
 */
export interface ExecutionBackend extends AsyncDisposable {
  /** The kind of backend, as `--backend` and the runs' rows name it: `embedded`, `restate`. */
  readonly id: string;

  /** What this backend can do beyond the five verbs. */
  readonly capabilities: Capabilities;

  /** Lists what this backend cannot hold of a workflow; empty if it can run all of it. */
  validate(workflow: PreparedWorkflow): readonly DefinitionIssue[];

  /**
   * Starts a run, or joins the run of `options.runId` if it was started with the same workflow,
   * inputs and context. Settles when its beginning is durable. `invalid_input`, `unknown_agent`,
   * `run_exists`: then nothing was started.
   */
  start(workflow: PreparedWorkflow, options?: StartOptions): Promise<RunRef>;

  /**
   * Sends a command to a run. Settles when the run has accepted it durably, or declined it; rejects
   * only when the backend cannot be reached or its storage fails.
   */
  send(runId: string, command: RunCommand): Promise<CommandOutcome>;

  /**
   * The journal of a run after the entry `afterSeq`, then each new entry, until the run has ended
   * or is at rest. Aborting `signal` ends the iteration. Iterating throws `run_not_found`.
   */
  journal(runId: string, options?: JournalOptions): AsyncIterable<JournalEntry>;

  /** The runs that match the filter, newest first. */
  list(filter?: RunFilter): Promise<readonly RunSummary[]>;

  /** A run by its exact id; undefined if it does not exist. */
  get(runId: string): Promise<RunSummary | undefined>;

  /** What can be read of a run besides its journal; absent if the backend keeps nothing more. */
  readonly reading?: BackendReading;
}

/** What a backend can do beyond the five verbs of `ExecutionBackend`. */
export interface Capabilities {
  /** Runs continue after the death of the process that decides: no person has to resume them. */
  readonly continuesUnattended: boolean;
  /** Attempts in flight are not repeated when the backend's server is restarted. */
  readonly survivesServerRestart: boolean;
  /** Limits of an agent hold over all runs and workers, not only within one run. */
  readonly limitsAgentsGlobally: boolean;
}

/** How a run is started. Every option has a default. */
export interface StartOptions extends LimitOptions {
  /**
   * The run's id; generated when omitted. If a run with this id exists and was started with the
   * same workflow, inputs and context, `start` returns that run: resumed if it is unfinished, with
   * its ending if it is completed or cancelled. A caller that does not know whether its start
   * succeeded can simply start again.
   */
  readonly runId?: string;
  /** The format of a workflow given as text; detected when omitted. */
  readonly format?: WorkflowFormat;
  /** Values for the workflow's declared `inputs`. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Keys to add to the workflow's own `context`, or to replace in it. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** Cancels the run when it is aborted. */
  readonly signal?: AbortSignal;
}

/** A run that was started or joined. */
export interface RunRef {
  readonly id: string;
  /** The `id` of the workflow. */
  readonly workflowId: string;
}

/** Which part of a journal to read, and how long to follow it. */
export interface JournalOptions {
  /** The last entry that the caller has; 0, the default, for none. */
  readonly afterSeq?: number;
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

/** Which runs to list. An absent field matches every run. */
export interface RunFilter {
  readonly status?: RunStatus;
  readonly workflowId?: string;
  /** The most runs to list. */
  readonly limit?: number;
}

/** A run in a list. Each `…At` is an instant in ms since the epoch. */
export interface RunSummary {
  readonly runId: string;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly workflowVersion: string;
  /** The exact state. */
  readonly state: RunState;
  /** The state in a coarse word. */
  readonly status: RunStatus;
  readonly stepCount: number;
  readonly createdAt: number;
  /** When the last journal entry was accepted; `createdAt` before the first. */
  readonly updatedAt: number;
  /** Present once the run has ended. */
  readonly finishedAt?: number;
  /** The `seq` of the last journal entry; 0 before the first. */
  readonly journalSeq: number;
  readonly error?: string;
  readonly errorCode?: string;
  /** Present if the stored run is damaged; then the other fields cannot be relied on. */
  readonly damage?: string;
}

/** What a backend keeps of its runs besides their journals. */
export interface BackendReading {
  /** What agents printed, oldest first; after the chunk `afterId`. */
  logs(
    runId: string,
    options?: { readonly stepId?: string; readonly afterId?: number },
  ): Promise<readonly (LogChunk & { readonly id: number })[]>;
  /** The attempts of a run, or of one step, in the order in which they began. */
  attempts(runId: string, stepId?: string): Promise<readonly StepAttemptRow[]>;
}
