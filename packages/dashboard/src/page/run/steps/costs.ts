import type { Used } from "../../client/Usage.js";
import { usd as dollars, tokens as tokensText } from "../../shell/money.js";

/** What the column of amounts shows; undefined if the run has reported nothing. */
export type CostColumn = "usd" | "tokens" | undefined;

/** Which amount a run reports: money, or else tokens. */
export function costColumn(known: { readonly usd: boolean; readonly tokens: boolean }): CostColumn {
  if (known.usd) return "usd";
  return known.tokens ? "tokens" : undefined;
}

/** Adds up what several steps have used; undefined if none has used anything that is known of. */
export function sumOf(parts: Iterable<Used | undefined>): Used | undefined {
  let [usd, tokens, isAtLeast, isKnown] = [0, 0, false, false];
  let [hasUsd, hasTokens] = [false, false];
  for (const part of parts) {
    if (part === undefined) continue;
    isKnown = true;
    hasUsd ||= part.usd !== undefined;
    hasTokens ||= part.tokens !== undefined;
    usd += part.usd ?? 0;
    tokens += part.tokens ?? 0;
    isAtLeast ||= part.isAtLeast;
  }
  if (!isKnown) return undefined;
  return { ...(hasUsd && { usd }), ...(hasTokens && { tokens }), isAtLeast };
}

/** `$0.38`, `≥ $0.38` if a part is not known, `unknown`; empty if nothing was used. */
export function costText(used: Used | undefined, column: CostColumn): string {
  if (used === undefined || column === undefined) return "";
  const amount = used[column];
  if (amount === undefined) return "unknown";
  const text = column === "usd" ? dollars(amount) : tokensText(amount);
  return used.isAtLeast ? `≥ ${text}` : text;
}
