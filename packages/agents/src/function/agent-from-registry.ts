import type { AgentFunction } from "@automatosx/workflow";
import { text, withMethods } from "@automatosx/workflow/checks";

/** The part of an earlier phase's agent registry that this adapter uses. */
export interface TaskAgentRegistry {
  /** Returns the agent with this id. */
  getAgent(id: string): TaskAgent | undefined | Promise<TaskAgent | undefined>;
}

/** An agent of an earlier phase. */
export interface TaskAgent {
  /** Performs a task and returns its result. */
  processTask(task: string): unknown;
}

const registryCheck = withMethods("an object with the method `getAgent`", "getAgent");

/**
 * Lets agents from an earlier phase perform steps: `processTask` receives the step's task and
 * returns the result. With `id`, that agent performs every step; without it, each step's `agentId`
 * is looked up, so one adapter serves all agents.
 *
 * @example
 * agents.register("backend", agentFromRegistry(earlierRegistry, "backend"));
 * agents.fallback = agentFromRegistry(earlierRegistry);
 */
export function agentFromRegistry(registry: TaskAgentRegistry, id?: string): AgentFunction {
  registryCheck(registry, "The registry");
  if (id !== undefined) text(id, "The agent id");
  return async ({ agentId, task }) => {
    const agent = await registry.getAgent(id ?? agentId);
    if (agent === undefined) throw new Error(`the registry has no agent \`${id ?? agentId}\``);
    return agent.processTask(task);
  };
}
