import type { WorkflowDefinition } from "@automatosx/schemas";
import { omitUndefined } from "../core/omit-undefined.js";
import type { RunPolicy } from "../core/workflow-state-machine.js";

/** When a run writes checkpoints on its own. */
export interface CheckpointPolicy {
  /** After this many completed steps. */
  readonly every?: number;
  /** At the first step that completes this many ms after the last checkpoint. */
  readonly intervalMs?: number;
}

/** How much may be in flight at once; an absent limit means no limit. */
export interface LimitOptions {
  /**
   * Steps of one run that may be in flight at once. Where the workflow has a limit too, the smaller
   * one holds.
   */
  readonly concurrency?: number;
  /** The same for the steps of one agent, by agent id. */
  readonly agentConcurrency?: Readonly<Record<string, number>>;
}

/** The limits and checkpoints of a run. The journal keeps them: a resumed run has the same ones. */
export function policyOf(
  definition: WorkflowDefinition,
  limits: LimitOptions,
  checkpoint: CheckpointPolicy,
): RunPolicy {
  const concurrency = smaller(definition.limits.concurrency, limits.concurrency);
  const agents = new Map<string, number>();
  for (const [id, limit] of Object.entries(definition.limits.agents ?? {}))
    agents.set(id, limit.concurrency);
  for (const [id, limit] of Object.entries(limits.agentConcurrency ?? {}))
    agents.set(id, smaller(agents.get(id), limit) ?? limit);
  return omitUndefined({
    concurrency,
    agentConcurrency: agents.size > 0 ? Object.fromEntries(agents) : undefined,
    checkpointEvery: checkpoint.every,
    checkpointIntervalMs: checkpoint.intervalMs,
  });
}

/** The engine's limits, replaced by a run's own where it has them. */
export function mergeLimits(engine: LimitOptions, run: LimitOptions): LimitOptions {
  const concurrency = run.concurrency ?? engine.concurrency;
  const agentConcurrency = { ...engine.agentConcurrency, ...run.agentConcurrency };
  return omitUndefined({ agentConcurrency, concurrency });
}

function smaller(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.min(a, b);
}
