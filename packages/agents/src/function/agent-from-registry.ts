import type { AgentFunction } from "@automatosx/workflow";

/** The part of an earlier phase's agent registry that is needed here. */
export interface TaskAgentRegistry {
  getAgent(id: string): TaskAgent | undefined | Promise<TaskAgent | undefined>;
}

/** An agent of an earlier phase. */
export interface TaskAgent {
  processTask(task: string): unknown;
}

/**
 * Lets agents of an earlier phase perform steps: `processTask` receives the step's task, and what
 * it returns is the result. With `id`, that one agent performs every step; without, each step's
 * `agentId` is looked up, so that one adapter serves them all.
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
