import type { BudgetReport } from "@automatosx/workflow/run-view";

type Share = BudgetReport["shares"][number];

/** The flags that double the limit that holds launches back, or what is used of it if more. */
export function raisingFlags({ heldBy, shares }: BudgetReport): readonly string[] | undefined {
  const share = shares.find(({ dimension }) => dimension === heldBy);
  if (share === undefined) return undefined;
  const { dimension, settled, limit } = share;
  const raised = Math.max(settled, limit) * 2;
  return ["--budget", `${dimension}=${raisedText(dimension, raised)}`];
}

function raisedText(dimension: Share["dimension"], amount: number): string {
  if (dimension === "wall") return `${Math.max(1, Math.ceil(amount / 60_000))}m`;
  return String(Math.max(1, Math.ceil(amount)));
}
