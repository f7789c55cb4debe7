import { durationMs } from "./duration.schema.js";
import type {
  AgentLimitDefinition,
  BudgetDefinition,
  LimitsDefinition,
} from "./workflow.schema.js";
import { parseRate } from "./written-budget.schema.js";
import type { CheckedWorkflow } from "./written-workflow.schema.js";

type CheckedLimits = NonNullable<CheckedWorkflow["limits"]>;
type CheckedAgentLimit = NonNullable<CheckedLimits["agents"]>[string];

/** Normalises what a run may use in all. */
export function normaliseBudget({
  usd,
  tokens,
  launches,
  wall,
  at,
  unmetered,
}: NonNullable<CheckedWorkflow["budget"]>): BudgetDefinition {
  // A cost that is not known could exceed a limit without anybody noticing.
  const isMetered = usd !== undefined || tokens !== undefined;
  const unknown = unmetered ?? (isMetered ? "pause" : undefined);
  const actions = Object.entries(at ?? {})
    .map(([percent, action]) => ({ percent: Number.parseFloat(percent), action }))
    .toSorted((one, other) => one.percent - other.percent);
  return {
    ...(usd !== undefined && { usd }),
    ...(tokens !== undefined && { tokens }),
    ...(launches !== undefined && { launches }),
    ...(wall !== undefined && { wallMs: durationMs(wall) }),
    ...(actions.length > 0 && { at: actions }),
    ...(unknown !== undefined && { unmetered: unknown }),
  };
}

/** Normalises the limits on steps, agents and items. */
export function normaliseLimits(limits: CheckedWorkflow["limits"]): LimitsDefinition {
  return {
    ...(limits?.concurrency !== undefined && { concurrency: limits.concurrency }),
    ...(limits?.fanOut !== undefined && { fanOut: limits.fanOut }),
    agents: Object.fromEntries(
      Object.entries(limits?.agents ?? {}).map(([id, limit]) => [id, normaliseAgentLimit(limit)]),
    ),
  };
}

function normaliseAgentLimit({ rate, reserve, ...limit }: CheckedAgentLimit): AgentLimitDefinition {
  const window = rate === undefined ? undefined : parseRate(rate);
  return {
    ...limit,
    ...(window !== undefined && { rate: window }),
    ...(reserve !== undefined && { reserve }),
  };
}
