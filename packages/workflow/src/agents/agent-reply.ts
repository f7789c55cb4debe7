import { describeValue } from "../checks/describe-value.js";
import { readProperty } from "../message-of.js";
import { AgentError } from "./AgentPort.js";
import { type AgentUsage, usageProblem } from "./agent-usage.js";

export type { AgentUsage } from "./agent-usage.js";

/** The longest reference to a conversation. */
const MAX_SESSION_CHARS = 1024;

/** A step's result, together with the cost of the attempt. Created by `agentReply`. */
export interface AgentReply {
  /** The step's result: JSON; undefined counts as null. */
  readonly result: unknown;
  /** The cost of the attempt. */
  readonly usage?: AgentUsage;
  /**
   * A reference to the conversation as it ended, of at most 1,024 characters, from which a later
   * step can continue a copy of it. Only an agent with `sessions: true` returns one.
   */
  readonly session?: string;
}

// A symbol from the global registry, so that a reply from another copy of this package is
// recognised.
const MARK = Symbol.for("@automatosx/agent-reply");

/**
 * Creates the value that an agent resolves to when it reports more than a result:
 *
 * ```ts
 * return agentReply({ result: text, usage: { inputTokens: 1200, outputTokens: 80, usd: 0.004 } });
 * ```
 *
 * Only a value created by this function counts as a reply. Any other value is the step's result,
 * even if it has the same keys. Throws a non-retryable `AgentError` if `usage` has an unknown key
 * or an invalid figure, or if `session` is not a text of 1 to 1,024 characters.
 */
export function agentReply({ result, usage, session }: AgentReply): AgentReply {
  checkParts(usage, session);
  const reply = {
    result,
    ...(usage !== undefined && { usage: { ...usage } }),
    ...(session !== undefined && { session }),
  };
  // Not enumerable, so that a reply that is logged or spread shows only its fields.
  return Object.defineProperty(reply, MARK, { value: true });
}

/**
 * Splits an agent's answer into result and usage. For a reply from another copy of this package,
 * throws like `agentReply`.
 */
export function readReply(answer: unknown): AgentReply {
  if (!isReply(answer)) return { result: answer };
  const { result, usage, session } = answer;
  checkParts(usage, session);
  return {
    result,
    ...(usage !== undefined && { usage }),
    ...(session !== undefined && { session }),
  };
}

function isReply(answer: unknown): answer is AgentReply {
  return typeof answer === "object" && readProperty(answer, MARK) === true;
}

function checkParts(usage: unknown, session: unknown): void {
  const problem = usage === undefined ? undefined : usageProblem(usage);
  if (problem !== undefined) throw invalid(problem);
  if (session === undefined) return;
  if (typeof session !== "string" || session === "" || session.length > MAX_SESSION_CHARS)
    throw invalid(
      `session must be a text of 1 to ${MAX_SESSION_CHARS} characters; it is ` +
        describeValue(session),
    );
}

function invalid(message: string): AgentError {
  return new AgentError(message, { retryable: false });
}
