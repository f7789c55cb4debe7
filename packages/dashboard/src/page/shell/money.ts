import type { Spent } from "../../api/common.schema.js";

/** `$4.12`; `$0.0031` for less than a cent. */
export function usd(amount: number): string {
  if (amount === 0) return "$0";
  const digits = Math.abs(amount) < 0.01 ? 4 : 2;
  return `$${amount.toFixed(digits)}`;
}

/** `1.2k`, `3.4M`: a number of tokens. */
export function tokens(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `$4.12`, `at least $0.08`, `12.4k tokens`; empty if nothing is known. */
export function spentText(spent: Spent | undefined): string {
  if (spent === undefined) return "";
  const { usd: amount, tokens: used, isAtLeast } = spent;
  const text =
    amount !== undefined ? usd(amount) : used !== undefined ? `${tokens(used)} tokens` : "";
  return isAtLeast && text !== "" ? `at least ${text}` : text;
}
