import {
  AgentError,
  type AgentErrorDetails,
  type AgentPort,
  type AgentRequest,
} from "../agents/AgentPort.js";
import { record, withMethods } from "../checks/option-checks.js";
import type { Clock } from "../ports.js";

const clockCheck = withMethods("a clock", "now", "setTimer");

/** What a scripted agent does with one attempt. `afterMs`: how long it takes. */
export type ScriptedAnswer =
  | { readonly result: unknown; readonly afterMs?: number }
  /** Fails with an `AgentError` that has these details. */
  | ({ readonly error: string; readonly afterMs?: number } & AgentErrorDetails)
  /** Never answers. It stops when its signal is aborted, unless `ignoresSignal` is set. */
  | { readonly hangs: true; readonly ignoresSignal?: boolean };

/**
 * An agent that follows a script: for each step, one answer per attempt; the last answer is
 * repeated. For a step without a script, the answer is `{ stepId, attemptNumber }`. The agent
 * records its requests.
 */
export class ScriptedAgent implements AgentPort {
  /** Describes the agent in lists. */
  readonly description = "scripted, for tests";
  /** A result made by `agentReply` may have a session. */
  readonly sessions = true;
  /** Every request, in the order in which attempts began. */
  readonly requests: AgentRequest[] = [];
  /** The idempotency keys of attempts that were stopped. */
  readonly aborted: string[] = [];
  /** The largest number of attempts that were in flight at once. */
  mostInFlight = 0;
  readonly #clock: Clock | undefined;
  readonly #script: Readonly<Record<string, readonly ScriptedAnswer[] | ScriptedAnswer>>;
  #inFlight = 0;

  /** Waits on `clock`, or in real time if there is none. */
  constructor(
    script: Readonly<Record<string, readonly ScriptedAnswer[] | ScriptedAnswer>> = {},
    clock?: Clock,
  ) {
    record()(script, "script");
    if (clock !== undefined) clockCheck(clock, "clock");
    this.#script = script;
    this.#clock = clock;
  }

  /** Step ids in the order in which their attempts began. */
  get started(): string[] {
    return this.requests.map((request) => request.stepId);
  }

  /** Answers as the script says, and keeps the request. */
  async execute(request: AgentRequest): Promise<unknown> {
    this.requests.push(request);
    this.#inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    try {
      return await this.#answer(request);
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #answer(request: AgentRequest): Promise<unknown> {
    const script = this.#script[request.stepId] ?? {
      result: { stepId: request.stepId, attemptNumber: request.attemptNumber },
    };
    const answers = [script].flat();
    const tries = this.requests.filter(
      (other) => other.runId === request.runId && other.stepId === request.stepId,
    ).length;
    const answer = answers[Math.min(tries, answers.length) - 1];
    if (answer === undefined)
      throw new AgentError(`the script of ${request.stepId} is empty`, { retryable: false });
    if ("hangs" in answer) return this.#untilAborted(request, answer.ignoresSignal ?? false);
    if (answer.afterMs !== undefined) await this.#wait(request, answer.afterMs);
    if ("error" in answer) {
      const { error, afterMs: _, ...details } = answer;
      throw new AgentError(error, details);
    }
    return answer.result;
  }

  #wait(request: AgentRequest, afterMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancel =
        this.#clock === undefined
          ? timeout(afterMs, resolve)
          : this.#clock.setTimer(afterMs, resolve);
      request.signal.addEventListener("abort", () => {
        cancel();
        this.aborted.push(request.idempotencyKey);
        reject(request.signal.reason as Error);
      });
    });
  }

  #untilAborted(request: AgentRequest, ignoresSignal: boolean): Promise<never> {
    return new Promise((_, reject) => {
      request.signal.addEventListener("abort", () => {
        this.aborted.push(request.idempotencyKey);
        if (!ignoresSignal) reject(request.signal.reason as Error);
      });
    });
  }
}

function timeout(delayMs: number, action: () => void): () => void {
  const timer = setTimeout(action, delayMs);
  return () => clearTimeout(timer);
}
