/**
 * The agent registry of an earlier phase: agents, looked up by id, that process tasks. These agents
 * answer immediately.
 */
export class AgentRegistry {
  getAgent(id: string): { processTask(task: string): Promise<{ by: string; done: string }> } {
    return { processTask: async (task) => ({ by: id, done: task }) };
  }
}
