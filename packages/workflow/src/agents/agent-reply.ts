import { AgentError } from "./AgentPort.js";

/**
 * What an attempt cost, as far as its agent knows. Every figure is a finite number of at least 0.
 */
export interface AgentUsage {
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  /** The part of `inputTokens` that was read from the provider's cache. */
  readonly cachedInputTokens?: number;
  /** The price in US dollars. */
  readonly usd?: number;
}

/** A step's result together with what is known about how it came about. Made by `agentReply`. */
export interface AgentReply {
  /** The step's result: JSON; undefined counts as null. */
  readonly result: unknown;
  readonly usage?: AgentUsage;
}

// Registered, so that a reply made by another copy of this package is recognised.
const MARK = Symbol.for("@automatosx/agent-reply");

const FIGURES: ReadonlySet<string> = new Set<keyof AgentUsage>([
  "inputTokens",
  "outputTokens",
  "cachedInputTokens",
  "usd",
]);

/**
 * What an agent resolves to when it reports more than a result:
 *
 * ```ts
 * return agentReply({ result: text, usage: { inputTokens: 1200, outputTokens: 80, usd: 0.004 } });
 * ```
 *
 * Only a value made here counts as a reply. Any other value is the step's result, whatever its
 * keys. Throws an `AgentError` that is not retryable when `usage` has an unknown key or an invalid
 * figure.
 */
export function agentReply({ result, usage }: AgentReply): AgentReply {
  if (usage !== undefined) checkUsage(usage);
  const reply = { result, ...(usage !== undefined && { usage: { ...usage } }) };
  // Not enumerable: a reply that is logged or spread shows its two fields only.
  return Object.defineProperty(reply, MARK, { value: true });
}

/** An agent's answer taken apart. Throws as `agentReply` does, for a reply of another copy. */
export function readReply(answer: unknown): AgentReply {
  if (!isReply(answer)) return { result: answer };
  const { result, usage } = answer;
  if (usage === undefined) return { result };
  checkUsage(usage);
  return { result, usage };
}

function isReply(answer: unknown): answer is AgentReply {
  return (
    typeof answer === "object" &&
    answer !== null &&
    (answer as { readonly [MARK]?: unknown })[MARK] === true
  );
}

function checkUsage(usage: unknown): asserts usage is AgentUsage {
  if (typeof usage !== "object" || usage === null) throw invalid(`usage must be an object`);
  for (const [name, figure] of Object.entries(usage)) {
    if (!FIGURES.has(name))
      throw invalid(`usage has no figure \`${name}\`; it has ${[...FIGURES].join(", ")}`);
    if (figure !== undefined && !(Number.isFinite(figure) && figure >= 0))
      throw invalid(`usage.${name} must be a number of at least 0; it is ${String(figure)}`);
  }
}

function invalid(message: string): AgentError {
  return new AgentError(message, { retryable: false });
}
