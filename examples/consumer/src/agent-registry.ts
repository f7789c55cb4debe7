/** The registry of an earlier phase: agents by id that process tasks. These answer immediately. */
export class AgentRegistry {
  getAgent(id: string): { processTask(task: string): Promise<{ by: string; done: string }> } {
    return { processTask: async (task) => ({ by: id, done: task }) };
  }
}
