import type { AgentDefinition } from "./agent.schema.js";
import { DEFAULT_FAN_OUT } from "./definition-limits.js";
import type {
  AgentLimitDefinition,
  LimitsDefinition,
  WorkflowDefinition,
} from "./workflow.schema.js";

type Agents = Readonly<Record<string, AgentDefinition>>;

/**
 * The agents of a workflow and of those that it includes. Two agents that share an id are
 * equal, because a check refuses others.
 */
export function agentsWith(
  own: Record<string, AgentDefinition>,
  included: readonly WorkflowDefinition[],
): Record<string, AgentDefinition> {
  const found = new Map(Object.entries(own));
  for (const { agents } of included)
    for (const [id, agent] of Object.entries(agents as Agents))
      if (!found.has(id)) found.set(id, agent);
  return Object.fromEntries(found);
}

/**
 * The limits of a workflow and of those that it includes, whose steps are steps of the same run. Of
 * two limits on concurrency the smaller applies, of two on the items of a fan-out the
 * larger. The including workflow sets the expected use of an attempt.
 */
export function limitsWith(
  own: LimitsDefinition,
  included: readonly WorkflowDefinition[],
): LimitsDefinition {
  if (included.length === 0) return own;
  const all = [own, ...included.map(({ limits }) => limits)];
  const concurrency = least(all.map((limits) => limits.concurrency));
  const fanOut = most([
    own.fanOut ?? DEFAULT_FAN_OUT,
    ...included.map(({ limits }) => limits.fanOut),
  ]);
  const agents = new Map<string, AgentLimitDefinition>();
  for (const limits of all)
    for (const [id, limit] of Object.entries(limits.agents)) {
      const known = agents.get(id);
      agents.set(id, known === undefined ? limit : both(known, limit));
    }
  return {
    ...(concurrency !== undefined && { concurrency }),
    ...((own.fanOut !== undefined || fanOut > DEFAULT_FAN_OUT) && { fanOut }),
    agents: Object.fromEntries(agents),
  };
}

function both(outer: AgentLimitDefinition, inner: AgentLimitDefinition): AgentLimitDefinition {
  const concurrency = least([outer.concurrency, inner.concurrency]);
  return { ...inner, ...outer, ...(concurrency !== undefined && { concurrency }) };
}

function least(values: readonly (number | undefined)[]): number | undefined {
  const written = values.filter((value) => value !== undefined);
  return written.length === 0 ? undefined : Math.min(...written);
}

function most(values: readonly (number | undefined)[]): number {
  return Math.max(...values.filter((value) => value !== undefined));
}
