import type { WorkflowDefinition } from "@automatosx/schemas";
import { omitUndefined } from "../core/omit-undefined.js";
import type { AgentLimit, RunPolicy } from "../core/workflow-state-machine.js";

/** When a run writes automatic checkpoints. */
export interface CheckpointPolicy {
  /** After this many completed steps. */
  readonly every?: number;
  /** When a step completes this many ms or more after the last checkpoint. */
  readonly intervalMs?: number;
}

/** How many steps may be in flight at once; an absent limit means no limit. */
export interface LimitOptions {
  /**
   * Maximum number of steps of one run in flight at once. If the workflow also has a limit, the
   * smaller one applies.
   */
  readonly concurrency?: number;
  /** The same for the steps of one agent, by agent id. */
  readonly agentConcurrency?: Readonly<Record<string, number>>;
}

/**
 * The limits and checkpoint policy of a run. They are stored in the journal, so a resumed run keeps
 * them.
 */
export function policyOf(
  definition: WorkflowDefinition,
  limits: LimitOptions,
  checkpoint: CheckpointPolicy,
): RunPolicy {
  const concurrency = smaller(definition.limits.concurrency, limits.concurrency);
  const agents = new Map<string, number>();
  const agentLimits = new Map<string, AgentLimit>();
  for (const [id, { concurrency, ...limit }] of Object.entries(definition.limits.agents ?? {})) {
    if (concurrency !== undefined) agents.set(id, concurrency);
    if (Object.keys(limit).length > 0) agentLimits.set(id, limit);
  }
  for (const [id, limit] of Object.entries(limits.agentConcurrency ?? {}))
    agents.set(id, smaller(agents.get(id), limit) ?? limit);
  return omitUndefined({
    concurrency,
    agentConcurrency: agents.size > 0 ? Object.fromEntries(agents) : undefined,
    fanOut: definition.limits.fanOut,
    budget: definition.budget,
    agentLimits: agentLimits.size > 0 ? Object.fromEntries(agentLimits) : undefined,
    checkpointEvery: checkpoint.every,
    checkpointIntervalMs: checkpoint.intervalMs,
  });
}

/** Returns the engine's limits, overridden by the run's own. */
export function mergeLimits(engine: LimitOptions, run: LimitOptions): LimitOptions {
  const concurrency = run.concurrency ?? engine.concurrency;
  const agentConcurrency = { ...engine.agentConcurrency, ...run.agentConcurrency };
  return omitUndefined({ agentConcurrency, concurrency });
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
