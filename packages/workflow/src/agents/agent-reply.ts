import { describeValue } from "../checks/describe-value.js";
import { readProperty } from "../message-of.js";
import { AgentError } from "./AgentPort.js";

/**
 * The cost of an attempt, as far as its agent knows it. Every figure is a finite number, 0 or more.
 */
export interface AgentUsage {
  /** Tokens that the model read, cached ones included. */
  readonly inputTokens?: number;
  /** Tokens that the model wrote. */
  readonly outputTokens?: number;
  /** The part of `inputTokens` that was read from the provider's cache. */
  readonly cachedInputTokens?: number;
  /** The price in US dollars. */
  readonly usd?: number;
}

/** A step's result, together with the cost of the attempt. Created by `agentReply`. */
export interface AgentReply {
  /** The step's result: JSON; undefined counts as null. */
  readonly result: unknown;
  /** The cost of the attempt. */
  readonly usage?: AgentUsage;
}

// A symbol from the global registry, so that a reply from another copy of this package is
// recognised.
const MARK = Symbol.for("@automatosx/agent-reply");

const FIGURES: ReadonlySet<string> = new Set<keyof AgentUsage>([
  "inputTokens",
  "outputTokens",
  "cachedInputTokens",
  "usd",
]);

/**
 * Creates the value that an agent resolves to when it reports more than a result:
 *
 * ```ts
 * return agentReply({ result: text, usage: { inputTokens: 1200, outputTokens: 80, usd: 0.004 } });
 * ```
 *
 * Only a value created by this function counts as a reply. Any other value is the step's result,
 * even if it has the same keys. Throws a non-retryable `AgentError` if `usage` has an unknown key
 * or an invalid figure.
 */
export function agentReply({ result, usage }: AgentReply): AgentReply {
  if (usage !== undefined) checkUsage(usage);
  const reply = { result, ...(usage !== undefined && { usage: { ...usage } }) };
  // Not enumerable, so that a reply that is logged or spread shows only its two fields.
  return Object.defineProperty(reply, MARK, { value: true });
}

/**
 * Splits an agent's answer into result and usage. For a reply from another copy of this package,
 * throws like `agentReply`.
 */
export function readReply(answer: unknown): AgentReply {
  if (!isReply(answer)) return { result: answer };
  const { result, usage } = answer;
  if (usage === undefined) return { result };
  checkUsage(usage);
  return { result, usage };
}

function isReply(answer: unknown): answer is AgentReply {
  return typeof answer === "object" && readProperty(answer, MARK) === true;
}

function checkUsage(usage: unknown): asserts usage is AgentUsage {
  if (typeof usage !== "object" || usage === null) throw invalid(`usage must be an object`);
  for (const [name, figure] of Object.entries(usage)) {
    if (!FIGURES.has(name))
      throw invalid(`usage cannot contain \`${name}\`; it can contain ${[...FIGURES].join(", ")}`);
    if (figure !== undefined && !(Number.isFinite(figure) && figure >= 0))
      throw invalid(`usage.${name} must be a number, 0 or more; it is ${describeValue(figure)}`);
  }
}

function invalid(message: string): AgentError {
  return new AgentError(message, { retryable: false });
}
