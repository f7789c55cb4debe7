import { type ErrorIdentity, isInstanceOf } from "../instance-of.js";
import type { SecretMask } from "../secrets/SecretMask.js";
import type { AgentUsage } from "./agent-usage.js";

/** Why an answer could not be used. */
export interface AgentFeedback {
  /** What was wrong, without a full stop: `$.risk is missing`. */
  readonly error: string;
  /** The answer as text, or its beginning. Absent if it is not known. */
  readonly answer?: string;
}

/** A program or a script to run, with every `${{ … }}` replaced. */
export interface RunRequest {
  /** The program and its arguments. Absent if there is a script. */
  readonly command?: readonly string[];
  /** The text of the script. Absent if there is a command. */
  readonly script?: string;
  /** The program that receives the path of the script as its last argument. */
  readonly shell?: readonly string[];
  /** Variables of its environment, secrets included. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder in which it runs, relative to `directory`. */
  readonly dir?: string;
  /** Its stdin; absent for an empty one. */
  readonly input?: string;
  /** The exit codes that complete the step. Default: only 0. */
  readonly okExitCodes?: readonly number[];
  /** Replaces the secrets of `env` in what the program prints. Absent if there are none. */
  readonly mask?: SecretMask;
}

/** The data that an agent receives for one attempt at one step. */
export interface AgentRequest {
  /** The id of the run. */
  readonly runId: string;
  /** The `id` of the workflow. */
  readonly workflowId: string;
  /** The id of the step. */
  readonly stepId: string;
  /** The name of the step. */
  readonly stepName: string;
  /** The id under which the step names its agent. */
  readonly agentId: string;
  /**
   * Counted from 1. A step that was running when its engine crashed is tried again with the next
   * number.
   */
  readonly attemptNumber: number;
  /**
   * An idempotency key for this attempt, to pass to services that support one:
   * `runId/stepId/attemptNumber`. A run id chosen by the caller may be used again elsewhere, so the
   * key then also contains the run's creation time.
   */
  readonly idempotencyKey: string;
  /**
   * Identifies the effect that the attempt should have: `runId/stepId@` and the first eight digits
   * of the digest of its request. It is the same for all attempts with the same request, so a
   * service that receives it can avoid acting twice. Absent if it is unknown. Computed when read.
   */
  readonly effectKey?: string | undefined;
  /**
   * The folder in which the run was started: `startedFrom.directory` of its start. Absent if the
   * caller did not give it. An agent that runs a program runs it in this folder.
   */
  readonly directory?: string;
  /**
   * The span of this attempt, as a W3C `traceparent`, for calls to services that are traced too.
   * Without a tracer in this process, the one that the run was started with. Absent if there is
   * neither.
   */
  readonly traceparent?: string;
  /** The step's task, with every `${{ … }}` replaced. */
  readonly task: string;
  /** The step's `with`, with every `${{ … }}` replaced: a copy. Absent if the step has none. */
  readonly with?: Readonly<Record<string, unknown>>;
  /** The item of the `foreach` that this attempt belongs to. Absent outside of one. */
  readonly item?: unknown;
  /**
   * The JSON Schema of the step's `output`. The answer must fit it: an object or a list, or a text
   * that contains it as JSON.
   */
  readonly schema?: unknown;
  /** Why the last answer to this task could not be used. Absent if it was not asked before. */
  readonly feedback?: AgentFeedback;
  /**
   * The conversation to continue a copy of: the reference that the agent returned with its answer
   * to an earlier step. Absent for a new conversation.
   */
  readonly session?: string;
  /**
   * The absolute path of the run's directory, which exists and is kept with the run. Absent if the
   * workflow uses none.
   */
  readonly runDirectory?: string;
  /**
   * The files that the attempt must leave in `runDirectory`, relative to it. Absent if the step
   * declares none.
   */
  readonly files?: readonly string[];
  /** The program of a `run` step. Absent in the steps of agents. */
  readonly run?: RunRequest;
  /**
   * The run's context: the workflow's context, overridden by the caller's keys. Frozen. A run notes
   * that it was read: the result is then no longer used once the context has changed.
   */
  readonly context: Readonly<Record<string, unknown>>;
  /** The run's inputs. Frozen. A run notes which of them were read, as with the context. */
  readonly inputs: Readonly<Record<string, unknown>>;
  /**
   * The results of the steps that this one depends on, by step id; null for a step that failed with
   * `continueOnError`. The values are copies.
   */
  readonly previousResults: Readonly<Record<string, unknown>>;
  /** Aborted on timeout and cancel. The attempt lasts until the agent's promise has settled. */
  readonly signal: AbortSignal;
  /** Stores a piece of output as text, up to 10,000,000 characters per attempt. */
  readonly log: (text: string, stream?: LogStream) => void;
  /**
   * Records the id of a process group's leader; settles when the record is durable. An agent that
   * starts a program calls it before it passes the task to the program, so that after a crash the
   * engine that resumes the run can find the group and end it.
   */
  readonly recordProcess?: (pid: number) => Promise<void>;
  /**
   * Reports that the work has ended and that only cleanup is left, such as ending processes.
   * From then on, the step's timeout no longer applies; the agent has as long to settle as one that
   * was stopped. Absent if the step has no timeout.
   */
  readonly markDone?: () => void;
  /**
   * Marks the processes of this attempt. It is recorded with them, and unlike the idempotency key,
   * it differs between a database and a copy of it.
   */
  readonly attemptToken?: string;
  /**
   * How long from now the processes of a stopped attempt may live, in ms, because another engine
   * may then start the step again: this engine is losing the lease of the run. Absent without such
   * a limit. Computed when read.
   */
  readonly stopWithinMs?: number | undefined;
}

/** Which of the two output streams an agent wrote to. */
export type LogStream = "stdout" | "stderr";

/**
 * An agent as a plain function. The value that it returns or resolves to is the step's result and
 * must be JSON; undefined counts as null. Use `agentReply` to report the cost of the attempt too.
 */
export type AgentFunction = (request: AgentRequest) => unknown;

/** An agent with more than one method: it performs the steps that use it. */
export interface AgentPort {
  /** A one-line description of the agent: ``runs `claude -p` ``. */
  readonly description?: string;
  /**
   * The JSON Schema of the `with` of its steps. An attempt whose `with` does not fit is not made:
   * the step fails. Without a schema, the agent receives what is written.
   */
  readonly withSchema?: unknown;
  /** How long an aborted attempt may take to stop, in ms. The engine waits at least this long. */
  readonly stopMs?: number;
  /**
   * True if it can continue a copy of an earlier conversation. It then returns the reference of
   * each conversation: see `AgentReply.session`.
   */
  readonly sessions?: boolean;
  /**
   * True if the work of an attempt continues elsewhere when the engine dies, and `execute` with the
   * same `idempotencyKey` joins it instead of repeating it. The engine that resumes the run then
   * calls `execute` again for each attempt in flight, and starts no further attempt.
   *
   * The request of such a call is the one of the first call, except for its signal and functions,
   * `attemptToken` and `traceparent`. What is left of the step's timeout applies, at least 5
   * seconds, so that an answer that no engine received is not lost.
   *
   * When an engine releases a run, which happens when it is closed or has lost the run, the signal
   * is aborted with a reason whose name is `ReleaseError`: the agent rejects at once and leaves the
   * work running. With any other reason, the work must end.
   *
   * `reclaim` ends the work of an attempt that no engine will join, for example because the run was
   * cancelled after its engine had died.
   */
  readonly resumes?: boolean;
  /** Performs one attempt. Resolves to JSON; rejects with an `AgentError` or any other error. */
  execute(request: AgentRequest): Promise<unknown>;
  /**
   * Ends what an attempt left running when its engine died: the process groups that it recorded,
   * and the processes that are marked with one of `tokens`. Called before the step is tried again.
   *
   * In a copy of a database, both are empty for an attempt of the original. `tokens` is undefined
   * for an attempt of version 0.1.0, whose processes are marked with the idempotency key only.
   */
  reclaim?(
    idempotencyKey: string,
    processGroups: readonly number[],
    tokens?: readonly string[],
  ): Promise<void>;
}

/** A function that performs steps, or an object with further methods. */
export type Agent = AgentPort | AgentFunction;

const MARK: unique symbol = Symbol.for("@automatosx/agent-error");

const IDENTITY: ErrorIdentity = {
  mark: MARK,
  name: "AgentError",
  property: "retryable",
  propertyType: "boolean",
};

/**
 * What kind of failure it is, which decides what follows:
 *
 * - `error`: the default.
 * - `transient`: the provider is overloaded or cannot be reached.
 * - `rate_limit`: a quota is used up. The step waits for it without using up a retry.
 * - `timeout`: the work took too long.
 * - `invalid_output`: the answer cannot be used.
 * - `refused`: the agent declines the task.
 * - `check`: the agent's own check of its work failed.
 * - `fatal`: another attempt cannot help, for example because a program is missing.
 * - `unknown`: the agent cannot tell whether its work took effect.
 * - `interrupted`: the work was lost with the process or host that did it. The step is tried again
 *   at once, without using up a retry, as after a crash of the engine.
 */
export type AgentErrorClass =
  | "error"
  | "transient"
  | "rate_limit"
  | "timeout"
  | "invalid_output"
  | "refused"
  | "check"
  | "fatal"
  | "unknown"
  | "interrupted";

/** The details of an `AgentError`. */
export interface AgentErrorDetails {
  /** The kind of failure. Default: `error`, or `fatal` if `retryable` is false. */
  readonly class?: AgentErrorClass | undefined;
  /** False when another attempt cannot help: the same as the class `fatal`. */
  readonly retryable?: boolean | undefined;
  /** For a `rate_limit`: when the quota is available again, in ms since the epoch. */
  readonly retryAt?: number | undefined;
  /**
   * For a `rate_limit`: what shares the quota, such as an account; at most 1,000 characters are
   * kept. Default: the agent.
   */
  readonly scope?: string | undefined;
  /** What the attempt cost. */
  readonly usage?: AgentUsage | undefined;
  /** The error that caused this one. */
  readonly cause?: unknown;
}

/**
 * A failure of an agent, with the details that decide what follows. An error of another copy of
 * this package is an instance too.
 */
export class AgentError extends Error {
  /** The kind of failure. */
  readonly class: AgentErrorClass;
  /** False when another attempt cannot help, for example when a program is missing. */
  readonly retryable: boolean;
  /** When a used-up quota is available again, in ms since the epoch. */
  readonly retryAt: number | undefined;
  /** What shares a used-up quota. */
  readonly scope: string | undefined;
  /** What the attempt cost. */
  readonly usage: AgentUsage | undefined;

  constructor(message: string, details: AgentErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "AgentError";
    this.class = details.class ?? (details.retryable === false ? "fatal" : "error");
    this.retryable = details.retryable ?? (this.class !== "fatal" && this.class !== "refused");
    this.retryAt = details.retryAt;
    this.scope = details.scope;
    this.usage = details.usage;
  }

  /** @internal */
  get [MARK](): true {
    return true;
  }

  /** Recognises errors of another copy of this package too. */
  static override [Symbol.hasInstance](value: unknown): value is AgentError {
    return isInstanceOf(this, AgentError, value, IDENTITY);
  }
}
