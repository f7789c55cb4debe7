import type { Agent, AgentRequest, LogStream } from "../agents/AgentPort.js";
import { readReply } from "../agents/agent-reply.js";
import { isCutMessage, messageOf } from "../message-of.js";
import { AttemptLog } from "./AttemptLog.js";
import { type AttemptOptions, stopReason } from "./AttemptOptions.js";
import { toAgentRequest } from "./agent-request.js";
import { announceCall } from "./announce-call.js";
import type { AttemptRequest } from "./attempt-request.js";
import { Deadline } from "./Deadline.js";
import { type AnswerRules, finishAnswer } from "./finish-answer.js";
import { IdleLimit } from "./IdleLimit.js";
import {
  failure,
  isTimeout,
  type Outcome,
  outcomeOfAnswer,
  outcomeOfError,
  outcomeOfStop,
  type StopReason,
  stopMessage,
  stopped,
  withUsage,
} from "./outcome.js";
import type { RenderedParts } from "./render-request.js";
import { StoppedTime } from "./StoppedTime.js";

/** One call of an agent: its timeout, how it is stopped, and how it is abandoned. */
export class AgentCall {
  readonly #agent: Agent;
  readonly #request: AttemptRequest;
  readonly #options: AttemptOptions;
  readonly #stoppedTime: StoppedTime;
  readonly #abandonAfterMs: number;
  readonly #controller = new AbortController();
  readonly #onAbort = (): void => this.#stop(stopReason(this.#options.signal));
  #resolve: ((outcome: Outcome) => void) | undefined;
  #deadline: Deadline | undefined;
  #idle: IdleLimit | undefined;
  #abandoning: Deadline | undefined;
  #cleaning: Deadline | undefined;
  #reason: StopReason | undefined;
  #isDone = false;
  /** Undefined if every answer is accepted. */
  #rules: AnswerRules | undefined;
  /** What the agent has read beside its request; undefined as long as it has read nothing. */
  #reads: Set<string> | undefined;
  /** Undefined as long as the agent has written nothing. */
  #log: AttemptLog | undefined;

  // `options` is not copied: it may be an instance whose members are on its prototype.
  constructor(
    agent: Agent,
    request: AttemptRequest,
    options: AttemptOptions,
    abandonAfterMs: number,
  ) {
    this.#agent = agent;
    this.#request = request;
    this.#options = options;
    this.#stoppedTime = options.stopped ?? new StoppedTime();
    this.#abandonAfterMs = abandonAfterMs;
  }

  /** Calls the agent with what was rendered of its request. Never rejects. Called once. */
  perform(task: string, parts: RenderedParts): Promise<Outcome> {
    const { signal } = this.#controller;
    const called = announceCall(this.#request);
    const given = called === undefined ? this.#request : { ...this.#request, ...called.given };
    const request = toAgentRequest(given, task, parts, signal, this.#options, this);
    const { schema, files, runDirectory } = request;
    const mask = parts.run?.mask;
    if (schema !== undefined || files !== undefined || mask !== undefined)
      this.#rules = { schema, files, runDirectory, mask };
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    this.#resolve = resolve;
    this.#options.signal.addEventListener("abort", this.#onAbort);
    const { timeoutMs, idleTimeoutMs } = this.#request;
    if (timeoutMs !== undefined)
      this.#deadline = this.#after(timeoutMs, () => this.#timeOut("timeout"));
    if (idleTimeoutMs !== undefined) this.#idle = this.#idleLimit(idleTimeoutMs);
    // Neither of them throws: an unhandled rejection would end the process, and every run in it.
    const answer = (): Promise<unknown> => call(this.#agent, request);
    (called === undefined ? answer() : called.around(answer)).then(
      (answer) =>
        this.#rules === undefined
          ? this.#settle(this.#outcomeOfAnswer(answer))
          : this.#finish(answer, this.#rules),
      (error: unknown) => this.#settle(this.#masked(this.#outcomeOfError(error))),
    );
    return promise;
  }

  // --- what the agent reports about its work

  /** The agent has written a piece of output. */
  addOutput(text: string, stream: LogStream): void {
    this.#deadline?.noteOutput(text.length);
    this.#idle?.noteOutput(text.length);
    this.#log ??= new AttemptLog(this.#options);
    this.#log.add(text, stream);
  }

  /** Only cleanup is left. */
  markDone(): void {
    this.#isDone = true;
    this.#idle?.cancel();
  }

  /** The record of a program is durable: its time begins. */
  startProgram(): void {
    this.#deadline?.startProgram();
    this.#idle?.startProgram();
  }

  /** The agent has read the context or an input. */
  noteRead(name: string): void {
    this.#reads ??= new Set();
    this.#reads.add(name);
  }

  // --- how the call ends

  // A result that arrives while the engine stops has already been paid for, so it is kept; one that
  // arrives after a timeout is refused.
  #outcomeOfAnswer(answer: unknown): Outcome {
    try {
      if (!isTimeout(this.#reason)) return outcomeOfAnswer(answer, this.#now());
      return withUsage(
        stopped(this.#reason, this.#request, this.#options.clock),
        readReply(answer).usage,
      );
    } catch (error) {
      return failure(messageOf(error), "invalid", this.#now());
    }
  }

  // From here on the agent has done its work: what is left is to read the answer and its files.
  async #finish(answer: unknown, rules: AnswerRules): Promise<void> {
    this.markDone();
    try {
      const outcome = isTimeout(this.#reason)
        ? this.#outcomeOfAnswer(answer)
        : await finishAnswer(answer, rules, () => this.#now());
      this.#settle(outcome);
    } catch (error) {
      this.#settle(this.#masked(failure(messageOf(error), "invalid", this.#now())));
    }
  }

  #masked(outcome: Outcome): Outcome {
    const mask = this.#rules?.mask;
    return outcome.ok || mask === undefined
      ? outcome
      : { ...outcome, error: mask.text(outcome.error) };
  }

  #outcomeOfError(error: unknown): Outcome {
    try {
      if (this.#reason === undefined) {
        const outcome = outcomeOfError(error, this.#now());
        if (!outcome.ok && isCutMessage(outcome.error)) this.#logWhole(error);
        return outcome;
      }
      // The cost counts even though the attempt was stopped.
      const { usage } = outcomeOfError(error, this.#now());
      return withUsage(stopped(this.#reason, this.#request, this.#options.clock), usage);
    } catch (fault) {
      return failure(messageOf(fault), "invalid", this.#now());
    }
  }

  #logWhole(error: unknown): void {
    this.#log ??= new AttemptLog(this.#options);
    const mask = this.#rules?.mask;
    this.#log.addError(mask === undefined ? error : mask.text(messageOf(error)));
  }

  #settle(outcome: Outcome): void {
    // Before the outcome is recorded, so that both are written together.
    this.#log?.end();
    this.#deadline?.cancel();
    this.#idle?.cancel();
    this.#cleaning?.cancel();
    this.#abandoning?.cancel();
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    const reads = this.#reads;
    this.#resolve?.(
      outcome.ok && reads !== undefined ? { ...outcome, reads: [...reads].sort() } : outcome,
    );
  }

  // --- how the agent is stopped

  #timeOut(reason: "timeout" | "idle"): void {
    // An agent that is done only cleans up, for which it has the time of a stopped one.
    if (this.#isDone) this.#cleaning = this.#after(this.#abandonAfterMs, () => this.#stop(reason));
    else this.#stop(reason);
  }

  #stop(reason: StopReason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    const { explanation } = this.#options.signal;
    const cause = stopMessage(reason, this.#request);
    const message = explanation === undefined ? cause : `${cause}: ${explanation}`;
    this.#controller.abort(new DOMException(message, this.#nameOf(reason)));
    // An agent that ignores its signal must not block the run forever; a late answer is refused.
    const abandoned = `the agent did not stop within ${this.#abandonAfterMs} ms and was abandoned`;
    const error = `${message}; ${abandoned}`;
    this.#abandoning = this.#after(this.#abandonAfterMs, () =>
      this.#settle(outcomeOfStop(reason, error, this.#now())),
    );
  }

  #nameOf(reason: StopReason): string {
    if (isTimeout(reason)) return "TimeoutError";
    const agent = this.#agent;
    const leaves = this.#options.signal.reason === "released" && typeof agent === "object";
    return leaves && agent.resumes === true ? "ReleaseError" : "AbortError";
  }

  #after(limitMs: number, action: () => void): Deadline {
    return new Deadline(this.#options.clock, this.#stoppedTime, limitMs, action);
  }

  #idleLimit(limitMs: number): IdleLimit {
    const { clock } = this.#options;
    return new IdleLimit(clock, this.#stoppedTime, limitMs, () => this.#timeOut("idle"));
  }

  #now(): number {
    return this.#options.clock.now();
  }
}

// Async, so that the promise rejects if the agent throws. It returns the agent's promise instead of
// awaiting it, which would keep the request in memory until the agent answers.
async function call(agent: Agent, request: AgentRequest): Promise<unknown> {
  return typeof agent === "function" ? agent(request) : agent.execute(request);
}
