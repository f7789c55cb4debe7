import type { Agent, AgentPort } from "@automatosx/workflow";

/** The agent as a port: a plain function is wrapped, and what it throws becomes a rejection. */
export function asPort(agent: Agent): AgentPort {
  if (typeof agent !== "function") return agent;
  return {
    description: agent.name === "" ? "a function" : `the function ${agent.name}`,
    execute: async (request) => agent(request),
  };
}
