import { type AgentCalled, callChannel } from "../trace/channels.js";
import type { AttemptRequest } from "./attempt-request.js";

/** What the subscribers have to say about a call of an agent. */
export interface AnnouncedCall {
  /** The members of the request that they have set. */
  readonly given: Pick<AttemptRequest, "traceparent">;
  /** Calls the agent, in the context that they have set. */
  around(call: () => Promise<unknown>): Promise<unknown>;
}

/** Announces that an agent is about to be called; undefined if nothing has subscribed to it. */
export function announceCall(request: AttemptRequest): AnnouncedCall | undefined {
  if (!callChannel.hasSubscribers) return undefined;
  const { runId, stepId, attemptNumber, idempotencyKey, traceparent } = request;
  const message: AgentCalled = {
    ...{ runId, stepId, attemptNumber, idempotencyKey, traceparent },
    around: undefined,
  };
  callChannel.publish(message);
  return {
    given: message.traceparent === undefined ? {} : { traceparent: message.traceparent },
    around: (call) => callWithin(message.around, call),
  };
}

// A subscriber must not affect the attempt: the agent is called once, even if `around` throws.
function callWithin(around: AgentCalled["around"], call: () => Promise<unknown>): Promise<unknown> {
  if (around === undefined) return call();
  let answer: Promise<unknown> | undefined;
  const once = (): Promise<unknown> => {
    answer ??= call();
    return answer;
  };
  try {
    Promise.resolve(around(once)).catch(() => undefined);
  } catch {
    // Called below, if it was not.
  }
  return once();
}
