import { describeValue } from "../checks/describe-value.js";

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

const FIGURES: ReadonlySet<string> = new Set<keyof AgentUsage>([
  "inputTokens",
  "outputTokens",
  "cachedInputTokens",
  "usd",
]);

/** An attempt's cost as a run counts it: US dollars, and tokens read and written. */
export interface UsedAmounts {
  readonly usd?: number;
  readonly tokens?: number;
}

/** Returns why a value is not the cost of an attempt, without a full stop; undefined if it is. */
export function usageProblem(usage: unknown): string | undefined {
  if (typeof usage !== "object" || usage === null) return "usage must be an object";
  for (const [name, figure] of Object.entries(usage)) {
    if (!FIGURES.has(name))
      return `usage cannot contain \`${name}\`; it can contain ${[...FIGURES].join(", ")}`;
    if (figure !== undefined && !(Number.isFinite(figure) && figure >= 0))
      return `usage.${name} must be a number, 0 or more; it is ${describeValue(figure)}`;
  }
  return undefined;
}

/** Returns the amounts of a cost; undefined if it has neither. */
export function amountsOf(usage: AgentUsage | undefined): UsedAmounts | undefined {
  if (usage === undefined) return undefined;
  const { inputTokens, outputTokens, usd } = usage;
  const tokens =
    inputTokens === undefined && outputTokens === undefined
      ? undefined
      : (inputTokens ?? 0) + (outputTokens ?? 0);
  if (usd === undefined && tokens === undefined) return undefined;
  return { ...(usd !== undefined && { usd }), ...(tokens !== undefined && { tokens }) };
}
