/** What an agent gets for one attempt at one step. */
export interface AgentRequest {
  readonly runId: string;
  readonly workflowId: string;
  readonly stepId: string;
  readonly stepName: string;
  readonly agentId: string;
  /** Counted from 1. A step that was in flight at a crash is tried again with the next number. */
  readonly attemptNumber: number;
  /**
   * Give it to a service that refuses to do the same thing twice: `runId/stepId/attemptNumber`. For a run that its caller named, which others
   * may call so too, the run's beginning is part of it.
   */
  readonly idempotencyKey: string;
  /** The step's task, with every `${{ … }}` replaced. */
  readonly task: string;
  /** The run's context: the workflow's `context` with the caller's on top. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Results of the steps this one depends on, by step id. A dependency that failed with `continueOnError` gives null. */
  readonly previousResults: Readonly<Record<string, unknown>>;
  /** Aborted on timeout and cancel. The attempt counts as over only once the promise has settled. */
  readonly signal: AbortSignal;
  /** Keeps a piece of output, shown by `axw logs`. Text, not JSON; at most 10 MB an attempt are kept. */
  readonly log: (text: string, stream?: LogStream) => void;
  /**
   * Keeps the id of a process that leads a group of its own; settles when it is on disk. An agent that begins a program calls it
   * before it gives the program its task: whoever goes on after a crash is told, and ends the group.
   */
  readonly recordProcess?: (pid: number) => Promise<void>;
}

export type LogStream = "stdout" | "stderr";

/** An agent as a plain function: its resolved value is the step's result and must be JSON; undefined counts as null. */
export type AgentFunction = (request: AgentRequest) => unknown;

/** Who performs a step. */
export interface AgentPort {
  /** One line for people, shown by `axw agents`: ``runs `claude -p` ``. */
  readonly description?: string;
  /** How long an aborted attempt may take to end, in ms: what it needs to end a program. It is waited for at least so long. */
  readonly stopMs?: number;
  /** Performs one attempt. Resolves to JSON; rejects with the failure, an `AgentError` where it knows more. */
  execute(request: AgentRequest): Promise<unknown>;
  /** Ends whatever an attempt left behind when its engine died. Called before the step is tried again, with the process groups it recorded. */
  reclaim?(idempotencyKey: string, processGroups: readonly number[]): Promise<void>;
}

export type Agent = AgentPort | AgentFunction;

/** A failure that an agent can say more about than an ordinary exception. */
export class AgentError extends Error {
  /** False when another attempt cannot help, for example a missing program. */
  readonly retryable: boolean;

  constructor(
    message: string,
    options: { readonly retryable?: boolean; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AgentError";
    this.retryable = options.retryable ?? true;
  }
}
