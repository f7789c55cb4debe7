/** What an earlier phase has: agents by id, each of which processes a task. Here they answer on the spot. */
export class AgentRegistry {
  getAgent(id: string): { processTask(task: string): Promise<{ by: string; done: string }> } {
    return { processTask: async (task) => ({ by: id, done: task }) };
  }
}
