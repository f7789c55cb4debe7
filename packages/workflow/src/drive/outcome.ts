import { AgentError } from "../agents/AgentPort.js";
import { type AgentUsage, readReply } from "../agents/agent-reply.js";
import type { FailureReason, WorkflowEvent } from "../core/workflow-state-machine.js";
import type { Chance } from "../ports.js";

/** Maximum length of a result, in characters of JSON. */
const MAX_RESULT_CHARS = 100_000_000;

/**
 * How an attempt ended, as plain data. `at` is an instant on the clock of the process that
 * performed it.
 */
export type Outcome = Completed | Failed;

interface Completed {
  readonly ok: true;
  /** The result as JSON text. Later steps receive values parsed from it. */
  readonly text: string;
  readonly at: number;
  /** The cost of the attempt, if its agent reported it. */
  readonly usage?: AgentUsage;
}

interface Failed {
  readonly ok: false;
  readonly error: string;
  readonly reason: FailureReason;
  readonly at: number;
}

/** Why an attempt is stopped before its agent has settled. */
export type StopReason = "timeout" | "interrupted" | "cancelled";

/**
 * Returns the outcome for an agent's answer; `invalid` if the answer is not JSON or is too large.
 */
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
      `its result is ${text.length} characters of JSON; the limit is ${MAX_RESULT_CHARS}. ` +
      "Write it to a file and return the path";
    return failure(message, "invalid", at);
  }
  const { usage } = reply;
  return usage === undefined ? { ok: true, text, at } : { ok: true, text, at, usage };
}

/** Returns the outcome for an agent that threw. */
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

/**
 * Returns the outcome of an attempt that was stopped. A cancelled attempt counts as interrupted.
 */
export function outcomeOfStop(reason: StopReason, message: string, at: number): Outcome {
  return failure(message, reason === "timeout" ? "timeout" : "interrupted", at);
}

/** Returns the reason why an attempt was stopped, as a clause. */
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

// SQLite replaces an unpaired surrogate, so the row would differ from the journal.
export function failure(error: string, reason: FailureReason, at: number): Outcome {
  return { ok: false, error: error.toWellFormed(), reason, at };
}

/** Converts an outcome to the event for the machine. Draws from `chance` only for a failure. */
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
    return "it threw a value that cannot be converted to text";
  }
}
