/** What an agent is given for one attempt at one step. */
export interface AgentRequest {
  readonly runId: string;
  readonly workflowId: string;
  readonly stepId: string;
  readonly stepName: string;
  readonly agentId: string;
  /** Counted from 1. A step that was in flight at a crash is tried again with the next number. */
  readonly attemptNumber: number;
  /**
   * The name of this attempt, for a service that does nothing twice under one key:
   * `runId/stepId/attemptNumber`. If the caller chose the run's id, which may be used again
   * elsewhere, the run's creation time is part of it.
   */
  readonly idempotencyKey: string;
  /** The step's task, with every `${{ … }}` replaced. */
  readonly task: string;
  /** The run's context: the workflow's own, with the caller's keys on top. Frozen. */
  readonly context: Readonly<Record<string, unknown>>;
  /** The run's inputs. Frozen. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /**
   * The results of the steps that this one depends on, by step id; null for a step that failed with
   * `continueOnError`. The values are copies.
   */
  readonly previousResults: Readonly<Record<string, unknown>>;
  /** Aborted on timeout and cancel. The attempt lasts until the agent's promise has settled. */
  readonly signal: AbortSignal;
  /** Keeps a piece of output, as text: at most 10,000,000 characters per attempt. */
  readonly log: (text: string, stream?: LogStream) => void;
  /**
   * Records the id of a process that leads a process group; settles when the record is durable. An
   * agent that starts a program calls it before the program gets its task: after a crash, the
   * engine that resumes the run finds the group and ends it.
   */
  readonly recordProcess?: (pid: number) => Promise<void>;
}

/** Which of its two streams an agent wrote to. */
export type LogStream = "stdout" | "stderr";

/**
 * An agent as a plain function. What it returns or resolves to is the step's result and must be
 * JSON; undefined counts as null. `agentReply` adds what the attempt cost.
 */
export type AgentFunction = (request: AgentRequest) => unknown;

/** An agent with more than one verb: it performs the steps that name it. */
export interface AgentPort {
  /** What the agent does, in one line: ``runs `claude -p` ``. */
  readonly description?: string;
  /** How long an aborted attempt may need to stop, in ms. The engine waits at least this long. */
  readonly stopMs?: number;
  /** Performs one attempt. Resolves to JSON; rejects with an `AgentError`, or any other error. */
  execute(request: AgentRequest): Promise<unknown>;
  /**
   * Ends what an attempt left running when its engine died, given the process groups that it
   * recorded. Called before the step is tried again.
   */
  reclaim?(idempotencyKey: string, processGroups: readonly number[]): Promise<void>;
}

/** What performs steps: a function, or an object with more verbs. */
export type Agent = AgentPort | AgentFunction;

/** A failure that says whether another attempt can help. */
export class AgentError extends Error {
  /** False when another attempt cannot help, for example when a program is missing. */
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
