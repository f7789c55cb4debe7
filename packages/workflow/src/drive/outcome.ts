import { AgentError } from "../agents/AgentPort.js";
import { type AgentUsage, readReply } from "../agents/agent-reply.js";
import type { FailureReason, WorkflowEvent } from "../core/workflow-state-machine.js";
import type { Chance } from "../ports.js";

/** The largest result that is kept, in characters of JSON. */
const MAX_RESULT_CHARS = 100_000_000;

/** How an attempt ended, as plain data. `at` is an instant of the process that performed it. */
export type Outcome = Completed | Failed;

interface Completed {
  readonly ok: true;
  /** The result as JSON text. What later steps are given is read back from it. */
  readonly text: string;
  readonly at: number;
  /** What the attempt cost, if its agent reported it. */
  readonly usage?: AgentUsage;
}

interface Failed {
  readonly ok: false;
  readonly error: string;
  readonly reason: FailureReason;
  readonly at: number;
}

/** Why an attempt is stopped before its agent has answered. */
export type StopReason = "timeout" | "interrupted" | "cancelled";

/** The outcome of an agent that answered; `invalid` if its answer is not JSON or too large. */
export function outcomeOfAnswer(answer: unknown, at: number): Outcome {
  let reply: ReturnType<typeof readReply>;
  let text: string | undefined;
  try {
    reply = readReply(answer);
  } catch (error) {
    return outcomeOfError(error, at);
  }
  try {
    text = reply.result === undefined ? "null" : JSON.stringify(reply.result);
  } catch (error) {
    return failure(`its result is not JSON: ${messageOf(error)}`, "invalid", at);
  }
  if (text === undefined)
    return failure(`its result is not JSON: a ${typeof reply.result}`, "invalid", at);
  if (text.length > MAX_RESULT_CHARS) {
    const message =
      `its result has ${text.length} characters of JSON; the limit is ${MAX_RESULT_CHARS}. ` +
      "Write it to a file and return the path";
    return failure(message, "invalid", at);
  }
  const { usage } = reply;
  return usage === undefined ? { ok: true, text, at } : { ok: true, text, at, usage };
}

/** The outcome of an agent that threw. */
export function outcomeOfError(error: unknown, at: number): Outcome {
  return failure(messageOf(error), isFinal(error) ? "invalid" : "error", at);
}

// A proxy may throw even when it is asked what it is.
function isFinal(error: unknown): boolean {
  try {
    return error instanceof AgentError && !error.retryable;
  } catch {
    return false;
  }
}

/** The outcome of an attempt that was stopped. A cancelled one counts as interrupted. */
export function outcomeOfStop(reason: StopReason, message: string, at: number): Outcome {
  return failure(message, reason === "timeout" ? "timeout" : "interrupted", at);
}

/** Why an attempt was stopped, as a clause. */
export function stopMessage(reason: StopReason, timeoutMs: number | undefined): string {
  switch (reason) {
    case "timeout":
      return `timed out after ${timeoutMs} ms`;
    case "interrupted":
      return "the engine was stopped";
    case "cancelled":
      return "cancelled";
  }
}

// SQLite replaces half of a surrogate pair: the row would not say what the journal says.
export function failure(error: string, reason: FailureReason, at: number): Outcome {
  return { ok: false, error: error.toWellFormed(), reason, at };
}

/** An outcome as the event to tell the machine. Draws from `chance` for a failure only. */
export function eventOfOutcome(
  { stepId, attemptNumber }: { readonly stepId: string; readonly attemptNumber: number },
  outcome: Outcome,
  chance: Chance,
): WorkflowEvent {
  if (outcome.ok) {
    const result: unknown = JSON.parse(outcome.text);
    return { type: "step_completed", stepId, attemptNumber, result };
  }
  const { error, reason } = outcome;
  return { type: "step_failed", stepId, attemptNumber, error, reason, chance: chance.next() };
}

function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message || error.name : error);
  } catch {
    return "it threw something that has no text";
  }
}
