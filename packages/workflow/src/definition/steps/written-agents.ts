import { ownValue } from "./own-value.js";

/** Returns the agents that a step as written may begin with: one, or those that it chooses from. */
export function firstAgentsOf(step: unknown): readonly unknown[] {
  const agentId = ownValue(step, "agentId");
  const choice = ownValue(agentId, "oneOf");
  return Array.isArray(choice) ? choice : [agentId];
}

/** Returns the agents that take over from the first one. */
export function laterAgentsOf(step: unknown): readonly unknown[] {
  const fallback = ownValue(step, "fallback");
  const agents = Array.isArray(fallback) ? fallback : ownValue(fallback, "agents");
  return Array.isArray(agents) ? agents : [];
}
