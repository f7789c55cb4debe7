import { AgentError, type AgentErrorClass } from "../agents/AgentPort.js";
import { readReply } from "../agents/agent-reply.js";
import { type AgentUsage, amountsOf, usageProblem } from "../agents/agent-usage.js";
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
  /** The reference of the conversation that the attempt has left. */
  readonly session?: string;
  /** What its agent has read beside its request: `context`, or `inputs.NAME`. */
  readonly reads?: readonly string[];
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
  /** The cost of the attempt, if its agent reported it. */
  readonly usage?: AgentUsage;
  /** When a quota that is used up is available again, in ms since the epoch. */
  readonly retryAt?: number;
  /** What shares the quota. */
  readonly scope?: string;
}

/**
 * Why an attempt is stopped before its agent has settled; `idle` if the agent has written nothing
 * for too long.
 */
export type StopReason = "timeout" | "idle" | "interrupted" | "cancelled";

/** The limits of an attempt, in ms. */
export interface TimeLimits {
  readonly timeoutMs?: number | undefined;
  readonly idleTimeoutMs?: number | undefined;
}

/** Whether an attempt was stopped because of a time limit. */
export function isTimeout(reason: StopReason | undefined): reason is "timeout" | "idle" {
  return reason === "timeout" || reason === "idle";
}

/**
 * Returns the outcome for an agent's answer; `invalid` if the answer is not exactly JSON, is nested
 * too deeply, or is too long.
 */
export function outcomeOfAnswer(answer: unknown, at: number): Outcome {
  try {
    const { result, usage, session } = readReply(answer);
    const written = writeExactJson(result ?? null);
    if (!written.ok) return withUsage(inexact(written, at), usage);
    const outcome: Completed = { ok: true, text: written.text, at };
    if (usage === undefined && session === undefined) return outcome;
    return {
      ...outcome,
      ...(usage !== undefined && { usage }),
      ...(session !== undefined && { session }),
    };
  } catch (error) {
    // The answer has an invalid usage, or cannot be read: another attempt would not help.
    return failure(messageOf(error), "invalid", at);
  }
}

function inexact({ kind, problem, remedy }: InexactJson, at: number): Failed {
  const isLimit = kind === "deep" || kind === "long";
  const what = isLimit ? "its result cannot be recorded" : "its result is not JSON";
  return failure(`${what}: ${problem}. ${remedy.slice(0, -1)}`, "invalid", at);
}

/** Maximum length of what shares a quota, in characters. A longer one is cut. */
const MAX_SCOPE_CHARS = 1000;

/** Returns the outcome for an agent that threw. */
export function outcomeOfError(error: unknown, at: number): Outcome {
  ignoreRejection(error);
  if (!(error instanceof AgentError)) return failure(messageOf(error), "error", at);
  const retryAt = readProperty(error, "retryAt");
  const scope = readProperty(error, "scope");
  const usage = readProperty(error, "usage");
  return {
    ...failure(messageOf(error), reasonOfError(error), at),
    ...(Number.isFinite(retryAt) && { retryAt: retryAt as number }),
    ...(typeof scope === "string" &&
      scope !== "" && { scope: scope.slice(0, MAX_SCOPE_CHARS).toWellFormed() }),
    ...(usageProblem(usage) === undefined && { usage: usage as AgentUsage }),
  };
}

const REASON_OF_CLASS: ReadonlyMap<unknown, FailureReason> = new Map<
  AgentErrorClass,
  FailureReason
>([
  ["error", "error"],
  ["transient", "transient"],
  ["rate_limit", "rate_limit"],
  ["timeout", "timeout"],
  ["invalid_output", "invalid_output"],
  ["refused", "refused"],
  ["check", "check"],
  ["fatal", "invalid"],
  ["unknown", "unknown"],
  ["interrupted", "interrupted"],
]);

// An error of another copy of this package may have no class.
function reasonOfError(error: AgentError): FailureReason {
  const known = REASON_OF_CLASS.get(readProperty(error, "class"));
  if (known !== undefined && known !== "error") return known;
  return readProperty(error, "retryable") === false ? "invalid" : "error";
}

/** Adds the cost of an attempt to its failure. */
export function withUsage(failed: Failed, usage: AgentUsage | undefined): Failed {
  return usage === undefined ? failed : { ...failed, usage };
}

/**
 * Returns the outcome of an attempt that was stopped. A cancelled attempt counts as interrupted.
 */
export function outcomeOfStop(reason: StopReason, message: string, at: number): Failed {
  return failure(message, isTimeout(reason) ? "timeout" : "interrupted", at);
}

/** Returns the outcome of an attempt that is stopped before its agent is called. */
export function stopped(reason: StopReason, limits: TimeLimits, clock: Pick<Clock, "now">): Failed {
  return outcomeOfStop(reason, stopMessage(reason, limits), clock.now());
}

/** Returns the reason why an attempt was stopped, as a clause. */
export function stopMessage(reason: StopReason, { timeoutMs, idleTimeoutMs }: TimeLimits): string {
  switch (reason) {
    case "timeout":
      return `timed out after ${timeoutMs} ms`;
    case "idle":
      return `timed out: it wrote nothing for ${idleTimeoutMs} ms`;
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

/** The attempt to which an outcome belongs. */
export interface AttemptIdentity {
  readonly stepId: string;
  readonly attemptNumber: number;
  /** Whether its answer is checked by other steps before it is the result. */
  readonly isChecked?: boolean | undefined;
  /** The agent that performed it, if it is not the first of its step. */
  readonly substitute?: string | undefined;
}

/** Converts an outcome to the event for the machine. Draws from `chance` only for a failure. */
export function eventOfOutcome(
  { stepId, attemptNumber, isChecked, substitute }: AttemptIdentity,
  outcome: Outcome,
  chance: Chance,
): WorkflowEvent {
  const usage = amountsOf(outcome.usage);
  if (outcome.ok) {
    const { files, session, reads } = outcome;
    const result: unknown = JSON.parse(outcome.text);
    const type = isChecked === true ? "step_answered" : "step_completed";
    const answered = { type, stepId, attemptNumber, result } as const;
    // Most answers have none of these.
    if ((files ?? usage ?? session ?? substitute ?? reads) === undefined) return answered;
    return {
      ...answered,
      ...(files !== undefined && { files: [...files] }),
      ...(usage !== undefined && { usage }),
      ...(substitute !== undefined && { agent: substitute }),
      ...(session !== undefined && { session }),
      ...(reads !== undefined && { reads: [...reads] }),
    };
  }
  const { error, reason, answer, retryAt, scope } = outcome;
  return {
    ...{ type: "step_failed", stepId, attemptNumber, error, reason, chance: chance.next() },
    ...(answer !== undefined && { answer }),
    ...(usage !== undefined && { usage }),
    ...(retryAt !== undefined && { retryAt }),
    ...(scope !== undefined && { scope }),
  };
}
