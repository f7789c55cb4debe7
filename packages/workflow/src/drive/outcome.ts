import { AgentError } from "../agents/AgentPort.js";
import { type AgentUsage, readReply } from "../agents/agent-reply.js";
import type { FailureReason, WorkflowEvent } from "../core/workflow-state-machine.js";
import { ignoreRejection, messageOf, readProperty } from "../message-of.js";
import type { Chance, Clock } from "../ports.js";
import type { KeptFile } from "../run-directory/kept-files.js";
import type { StoredArtifact } from "../storage/StoragePort.js";
import { type InexactJson, writeExactJson } from "../write-exact-json.js";

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
  /** The declared files of the step. Absent if it declares none. */
  readonly files?: readonly KeptFile[];
  /** The contents of `files`. */
  readonly artifacts?: readonly StoredArtifact[];
}

interface Failed {
  readonly ok: false;
  readonly error: string;
  readonly reason: FailureReason;
  readonly at: number;
  /** The beginning of an answer that does not fit, for the agent that is asked again. */
  readonly answer?: string;
}

/** Why an attempt is stopped before its agent has settled. */
export type StopReason = "timeout" | "interrupted" | "cancelled";

/**
 * Returns the outcome for an agent's answer; `invalid` if the answer is not exactly JSON, is nested
 * too deeply, or is too long.
 */
export function outcomeOfAnswer(answer: unknown, at: number): Outcome {
  try {
    const { result, usage } = readReply(answer);
    const written = writeExactJson(result ?? null);
    if (!written.ok) return inexact(written, at);
    const { text } = written;
    return usage === undefined ? { ok: true, text, at } : { ok: true, text, at, usage };
  } catch (error) {
    // The answer has an invalid usage, or cannot be read: another attempt would not help.
    return failure(messageOf(error), "invalid", at);
  }
}

function inexact({ kind, problem, remedy }: InexactJson, at: number): Outcome {
  const isLimit = kind === "deep" || kind === "long";
  const what = isLimit ? "its result cannot be recorded" : "its result is not JSON";
  return failure(`${what}: ${problem}. ${remedy.slice(0, -1)}`, "invalid", at);
}

/** Returns the outcome for an agent that threw. */
export function outcomeOfError(error: unknown, at: number): Outcome {
  ignoreRejection(error);
  const isFinal = error instanceof AgentError && readProperty(error, "retryable") === false;
  return failure(messageOf(error), isFinal ? "invalid" : "error", at);
}

/**
 * Returns the outcome of an attempt that was stopped. A cancelled attempt counts as interrupted.
 */
export function outcomeOfStop(reason: StopReason, message: string, at: number): Outcome {
  return failure(message, reason === "timeout" ? "timeout" : "interrupted", at);
}

/** Returns the outcome of an attempt that is stopped before its agent is called. */
export function stopped(
  reason: StopReason,
  { timeoutMs }: { readonly timeoutMs?: number | undefined },
  clock: Pick<Clock, "now">,
): Outcome {
  return outcomeOfStop(reason, stopMessage(reason, timeoutMs), clock.now());
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
export function failure(error: string, reason: FailureReason, at: number): Failed {
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
    const completed = { type: "step_completed", stepId, attemptNumber, result } as const;
    return outcome.files === undefined ? completed : { ...completed, files: [...outcome.files] };
  }
  const { error, reason, answer } = outcome;
  return {
    ...{ type: "step_failed", stepId, attemptNumber, error, reason, chance: chance.next() },
    ...(answer !== undefined && { answer }),
  };
}
