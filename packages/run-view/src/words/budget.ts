import type { BudgetReport } from "@automatosx/rescript-core";
import { count, grouped } from "./count.js";
import { duration } from "./duration.js";

type Share = BudgetReport["shares"][number];

/**
 * What a run has used of its budget: `usd 3.20 of 8 (40 %), 0.40 reserved`. Empty if it has none.
 */
export function budgetText({ shares, unmetered }: BudgetReport): string {
  const parts = shares.map(shareText);
  if (parts.length === 0) return "";
  const unknown = unmetered === 0 ? [] : [`${count(unmetered, "attempt")} of unknown cost`];
  return [...parts, ...unknown].join("; ");
}

function shareText(share: Share): string {
  return `${share.dimension} ${usedText(share)}`;
}

/** What is used of one limit: `3.20 of 8 (40 %), 0.40 reserved`. */
export function usedText({ dimension, settled, reserved, limit, percent }: Share): string {
  const used = `${amountText(dimension, settled)} of ${amountText(dimension, limit)}`;
  const held = reserved > 0 ? `, ${amountText(dimension, reserved)} reserved` : "";
  return `${used} (${Math.round(percent)} %)${held}`;
}

/** An amount of a dimension: dollars with two digits or more, and whole numbers grouped. */
function amountText(dimension: Share["dimension"], amount: number): string {
  if (dimension === "wall") return duration(amount);
  if (dimension !== "usd") return grouped(amount);
  if (Number.isInteger(amount)) return String(amount);
  return amount.toFixed(2) === String(amount) || amount >= 0.01
    ? amount.toFixed(2)
    : String(amount);
}

/** Why nothing more is launched. */
export function heldText({ heldBy, shares, unmetered }: BudgetReport): string {
  if (heldBy === "unmetered") return `the cost of ${count(unmetered, "attempt")} is not known`;
  const share = shares.find(({ dimension }) => dimension === heldBy);
  if (share === undefined) return "the budget is used up";
  return `the budget does not allow another launch: ${shareText(share)}`;
}
