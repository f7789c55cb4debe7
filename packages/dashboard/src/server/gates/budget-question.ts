import type { BudgetLimits } from "@automatosx/workflow";
import type { BudgetReport } from "@automatosx/workflow/run-view";

/** A limit of a budget, in the words of `--budget`. */
export type Limit = "usd" | "tokens" | "launches" | "wall" | "unmetered";

const MINUTE_MS = 60_000;

/** The limit that holds a run back, and what the command line suggests in its place. */
export function raisedLimit({ heldBy, shares }: BudgetReport): {
  readonly dimension: Limit;
  readonly value: string;
} {
  const share = shares.find(({ dimension }) => dimension === heldBy);
  if (share === undefined) return { dimension: "unmetered", value: "allow" };
  const { dimension, settled, limit } = share;
  const raised = Math.max(settled, limit) * 2;
  if (dimension === "wall")
    return { dimension, value: `${Math.max(1, Math.ceil(raised / MINUTE_MS))}m` };
  return { dimension, value: String(Math.max(1, Math.ceil(raised))) };
}

/** `Raise the budget from $12?`. */
export function budgetAsk({ heldBy, shares }: BudgetReport): string {
  const share = shares.find(({ dimension }) => dimension === heldBy);
  if (share === undefined) return "Continue, although the cost of an attempt is not known?";
  switch (share.dimension) {
    case "usd":
      return `Raise the budget from $${share.limit}?`;
    case "wall":
      return `Raise the budget from ${share.limit / MINUTE_MS} minutes?`;
    default:
      return `Raise the budget from ${share.limit} ${share.dimension}?`;
  }
}

/** The form that asks for the new limit, as JSON Schema. */
export function budgetForm({ heldBy, shares }: BudgetReport): unknown {
  const share = shares.find(({ dimension }) => dimension === heldBy);
  if (share === undefined) return { type: "object", properties: {}, additionalProperties: false };
  const { dimension, settled, limit } = share;
  const unit = dimension === "wall" ? MINUTE_MS : 1;
  const least = Math.max(settled, limit) / unit;
  const isWhole = dimension === "launches" || dimension === "tokens";
  return {
    type: "object",
    required: ["limit"],
    additionalProperties: false,
    properties: {
      limit: {
        type: isWhole ? "integer" : "number",
        title: TITLES[dimension],
        minimum: isWhole ? Math.floor(least) + 1 : least,
        default: Math.ceil(least * 2),
      },
    },
  };
}

const TITLES = {
  usd: "New limit in US dollars",
  tokens: "New limit in tokens",
  launches: "New limit of launches",
  wall: "New limit in minutes",
  unmetered: "New limit",
} as const;

/** The change of the budget that an answer gives. */
export function raisedBudget({ heldBy, shares }: BudgetReport, limit: number): BudgetLimits {
  const share = shares.find(({ dimension }) => dimension === heldBy);
  switch (share?.dimension) {
    case "usd":
    case "tokens":
    case "launches":
      return { [share.dimension]: limit };
    case "wall":
      return { wallMs: limit * MINUTE_MS };
    default:
      return { unmetered: "allow" };
  }
}
