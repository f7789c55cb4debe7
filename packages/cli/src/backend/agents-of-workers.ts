import type { ChosenAgents } from "../choose-agents.js";
import type { Command } from "../command.js";
import type { CliIo } from "../io.js";

/** The agents of a run that workers perform: none of this process. */
export function agentsOfWorkers(io: CliIo, command: Command): ChosenAgents {
  return {
    agents: {},
    factory: (_, agentId) => {
      throw new Error(`The agent ${agentId} is one of the workers.`);
    },
    isSimulated: () => false,
    simulatesPrograms: false,
    command,
    performers: [],
    note: "",
    replacements: [],
    placeNotes: [],
    directory: io.cwd,
    agentsFile: undefined,
    receivers: [],
    resumeArgs: [],
  };
}
