import type { Agent, AgentPort } from "@automatosx/workflow";

/**
 * Returns the agent as a port. Wraps a plain function so that an error it throws becomes a
 * rejection.
 */
export function asPort(agent: Agent): AgentPort {
  if (typeof agent !== "function") return agent;
  return {
    description: agent.name === "" ? "a function" : `the function ${agent.name}`,
    execute: async (request) => agent(request),
  };
}
