import { type Agent, AgentError, type AgentRequest, type LogStream } from "../agents/AgentPort.js";
import { describeValue } from "../checks/describe-value.js";
import { renderTask } from "../definition/task-template.js";
import { messageOf } from "../message-of.js";
import type { Clock } from "../ports.js";
import { type IdentifiedProcess, identify } from "../storage/process-identity.js";
import type { AttemptRequest } from "./attempt-request.js";
import { Deadline } from "./Deadline.js";
import {
  failure,
  type Outcome,
  outcomeOfAnswer,
  outcomeOfError,
  outcomeOfStop,
  type StopReason,
  stopMessage,
} from "./outcome.js";
import { StoppedTime } from "./StoppedTime.js";

/** How much output of one attempt is stored, in characters. */
const MAX_LOG_CHARS = 10_000_000;

/** What an attempt needs of an `AbortSignal`, which is one. */
export interface StopSignal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** What surrounds an attempt where it is performed. */
export interface AttemptOptions {
  readonly clock: Clock;
  /**
   * Stops the attempt. The reason `"cancelled"` means that the run is cancelled; with any other
   * reason, the attempt counts as interrupted and does not use up a retry.
   */
  readonly signal: StopSignal;
  /**
   * How long a stopped agent may take to settle before it is abandoned, in ms; at least its
   * `stopMs`.
   */
  readonly abandonAfterMs: number;
  /**
   * How long this process could not act, noted by the caller's timers. It does not count as the
   * agent's time. Without it, only an attempt's own timers are observed.
   */
  readonly stopped?: StoppedTime;
  /** Stores a piece of the agent's output. */
  log?(text: string, stream: LogStream): void;
  /** Records a process group of the agent; settles when the record is durable. */
  recordProcess?(process: IdentifiedProcess): Promise<void>;
  /** Marks the processes of the attempt, as `AgentRequest.attemptToken`. */
  readonly attemptToken?: string;
}

/**
 * Performs one attempt with an agent and returns its outcome. It renders the task, enforces the
 * timeout, stops the agent when the signal is aborted, and abandons an agent that does not stop. It
 * never rejects. If the agent is undefined or the task cannot be rendered, the outcome is
 * `invalid`.
 *
 * The timeout limits the agent's time. Time in which this process could not act does not count for
 * an agent in the process. It does count for a program that was recorded with `recordProcess`,
 * whose time begins when the record is durable. In both cases, a result that has arrived before the
 * timeout is decided is kept.
 */
export function performAttempt(
  agent: Agent | undefined,
  request: AttemptRequest,
  options: AttemptOptions,
): Promise<Outcome> {
  const { clock, signal } = options;
  try {
    if (signal.aborted) return Promise.resolve(stopped(stopReason(signal), request, clock));
    const { inputs, context, results } = request;
    const task = renderTask(request.task, { inputs, context, results: (id) => results[id] });
    if (!task.ok) return Promise.resolve(failure(task.error, "invalid", clock.now()));
    if (agent === undefined) {
      const message = `no agent \`${request.agentId}\` is registered`;
      return Promise.resolve(failure(message, "invalid", clock.now()));
    }
    // Before the agent is called: to read a property of a foreign object may throw.
    const stopMs = typeof agent === "object" ? (agent.stopMs ?? 0) : 0;
    const abandonAfterMs = Math.max(options.abandonAfterMs, stopMs);
    return callAgent(agent, request, task.text, options, abandonAfterMs);
  } catch (error) {
    return Promise.resolve(outcomeOfError(error, clock.now()));
  }
}

/** Returns the outcome of an attempt that is stopped before its agent is called. */
export function stopped(
  reason: StopReason,
  { timeoutMs }: Pick<AttemptRequest, "timeoutMs">,
  clock: Pick<Clock, "now">,
): Outcome {
  return outcomeOfStop(reason, stopMessage(reason, timeoutMs), clock.now());
}

// `options` is not copied: it may be an instance whose members are on its prototype.
function callAgent(
  agent: Agent,
  request: AttemptRequest,
  task: string,
  options: AttemptOptions,
  afterMs: number,
): Promise<Outcome> {
  const { clock, signal } = options;
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const controller = new AbortController();
  const work: Work = { isDone: false, deadline: undefined };
  const agentRequest = toAgentRequest(request, task, controller.signal, options, work);
  const stoppedTime = options.stopped ?? new StoppedTime();
  let abandoning: Deadline | undefined;
  let cleaning: Deadline | undefined;
  let reason: StopReason | undefined;
  const onAbort = (): void => stop(stopReason(signal));
  const settle = (outcome: Outcome): void => {
    work.deadline?.cancel();
    cleaning?.cancel();
    abandoning?.cancel();
    signal.removeEventListener("abort", onAbort);
    resolve(outcome);
  };
  const stop = (why: StopReason): void => {
    if (reason !== undefined) return;
    reason = why;
    const message = stopMessage(why, request.timeoutMs);
    controller.abort(new DOMException(message, why === "timeout" ? "TimeoutError" : "AbortError"));
    // An agent that ignores its signal must not block the run forever; a late answer is refused.
    const error = `${message}; the agent did not stop within ${afterMs} ms and was abandoned`;
    const abandon = (): void => settle(outcomeOfStop(why, error, clock.now()));
    abandoning = new Deadline(clock, stoppedTime, afterMs, abandon);
  };
  const onTimeout = (): void => {
    // An agent that is done only cleans up, for which it has the time of a stopped one.
    if (work.isDone) cleaning = new Deadline(clock, stoppedTime, afterMs, () => stop("timeout"));
    else stop("timeout");
  };
  signal.addEventListener("abort", onAbort);
  if (request.timeoutMs !== undefined)
    work.deadline = new Deadline(clock, stoppedTime, request.timeoutMs, onTimeout);
  // A result that arrives while the engine stops has already been paid for, so it is kept; one that
  // arrives after a timeout is refused.
  const onAnswer = (answer: unknown): void => {
    if (reason === "timeout") settle(stopped(reason, request, clock));
    else settle(outcomeOfAnswer(answer, clock.now()));
  };
  const onError = (error: unknown): void => {
    if (reason === undefined) settle(outcomeOfError(error, clock.now()));
    else settle(stopped(reason, request, clock));
  };
  const onFault = (error: unknown): void =>
    settle(failure(messageOf(error), "invalid", clock.now()));
  void callSafely(agent, agentRequest, { onAnswer, onError, onFault });
  return promise;
}

function stopReason(signal: StopSignal): StopReason {
  return signal.reason === "cancelled" ? "cancelled" : "interrupted";
}

interface AnswerHandlers {
  readonly onAnswer: (answer: unknown) => void;
  readonly onError: (error: unknown) => void;
  /** Called if one of the others throws. */
  readonly onFault: (error: unknown) => void;
}

// Never rejects: an unhandled rejection would end the process, and every run in it.
async function callSafely(
  agent: Agent,
  request: AgentRequest,
  { onAnswer, onError, onFault }: AnswerHandlers,
): Promise<void> {
  try {
    let answer: unknown;
    try {
      answer = await (typeof agent === "function" ? agent(request) : agent.execute(request));
    } catch (error) {
      onError(error);
      return;
    }
    onAnswer(answer);
  } catch (error) {
    onFault(error);
  }
}

/** What an agent reports about its work, and the deadline that depends on it. */
interface Work {
  /** True once the agent has reported that only cleanup is left. */
  isDone: boolean;
  deadline: Deadline | undefined;
}

type MutableRequest = { -readonly [Key in keyof AgentRequest]: AgentRequest[Key] };

function toAgentRequest(
  request: AttemptRequest,
  task: string,
  signal: AbortSignal,
  options: AttemptOptions,
  work: Work,
): AgentRequest {
  let kept = 0;
  const made: MutableRequest = {
    runId: request.runId,
    workflowId: request.workflowId,
    stepId: request.stepId,
    stepName: request.stepName,
    agentId: request.agentId,
    attemptNumber: request.attemptNumber,
    idempotencyKey: request.idempotencyKey,
    task,
    context: deepFreeze(request.context),
    inputs: deepFreeze(request.inputs),
    previousResults: previousResults(request),
    signal,
    log: (text: unknown, stream: LogStream = "stdout") => {
      if (typeof text === "string") work.deadline?.noteOutput(text.length);
      const piece = (typeof text === "string" ? text : messageOf(text)).slice(0, MAX_LOG_CHARS);
      if (kept >= MAX_LOG_CHARS || piece === "") return;
      kept += piece.length;
      options.log?.(piece, stream === "stderr" ? "stderr" : "stdout");
    },
  };
  if (request.directory !== undefined) made.directory = request.directory;
  if (request.timeoutMs !== undefined)
    made.markDone = () => {
      work.isDone = true;
    };
  if (options.recordProcess === undefined) return made;
  made.recordProcess = (pid: number) => {
    const recorded = record(pid, options, work);
    // An agent may not wait for it, and an unhandled rejection would end the process.
    recorded.catch(() => undefined);
    return recorded;
  };
  const { attemptToken } = options;
  if (attemptToken !== undefined) made.attemptToken = attemptToken;
  return made;
}

async function record(pid: number, options: AttemptOptions, work: Work): Promise<void> {
  if (!Number.isSafeInteger(pid) || pid < 1)
    throw new AgentError(
      `a process id must be a whole number, 1 or more; ${describeValue(pid)} is not`,
      { retryable: false },
    );
  await options.recordProcess?.(identify(pid));
  work.deadline?.startProgram();
}

// Copies: what an agent does to a value must not change what is recorded, or what others are given.
function previousResults({ dependencies, results }: AttemptRequest): Record<string, unknown> {
  const copies: Record<string, unknown> = {};
  for (const id of dependencies) copies[id] = copyOf(results[id]);
  return copies;
}

function copyOf(result: unknown): unknown {
  return typeof result === "object" && result !== null
    ? JSON.parse(JSON.stringify(result))
    : result;
}

// Frozen rather than copied: every step of a run receives the same value, and copying it for each
// step would cost more.
function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
