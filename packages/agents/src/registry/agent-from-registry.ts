import type { AgentFunction } from "@automatosx/workflow";

/** A registry of an earlier phase, as far as it is needed here. */
export interface TaskAgentRegistry {
  getAgent(id: string): TaskAgent | undefined | Promise<TaskAgent | undefined>;
}

export interface TaskAgent {
  processTask(task: string): unknown;
}

/**
 * Lets an agent of an earlier phase perform steps: its `processTask` gets the step's task, and what that gives is the result.
 * Without `id`, the agent of each step is looked up by the step's `agentId`: then one adapter serves them all.
 *
 * @example
 * agents.register("backend", agentFromRegistry(earlierRegistry, "backend"));
 * agents.fallback = agentFromRegistry(earlierRegistry);
 */
export function agentFromRegistry(registry: TaskAgentRegistry, id?: string): AgentFunction {
  return async ({ agentId, task }) => {
    const agent = await registry.getAgent(id ?? agentId);
    if (agent === undefined) throw new Error(`the registry has no agent \`${id ?? agentId}\``);
    return agent.processTask(task);
  };
}
