/** @automatosx/agents: agents that perform steps, as functions, programs or presets. */

// --- agents by id
export { type AgentEntry, AgentRegistry, ANY_AGENT } from "./registry/AgentRegistry.js";
export type { RegisterOptions } from "./registry/AgentRegistry.js";
export { type DefinitionSource, registryFromDefinitions } from "./registry/AgentRegistry.js";

// --- kinds of agents that a file can define
export type { AgentDescription, AgentKind, AgentProblem, DefinitionPlace } from "./AgentKind.js";
export { agentKinds, describeDefinition } from "./registry/kinds.js";
export { agentFromDefinition } from "./registry/agent-from-definition.js";

// --- agents files
export {
  AGENTS_FILE_LIMIT_BYTES,
  type CheckedAgentsFile,
  checkAgentsFile,
  loadAgentsFile,
  parseAgentsFile,
} from "./agents-file/agents-file.js";

export { agentsFileJsonSchema } from "./agents-file/json-schema.js";

// --- programs
export {
  type ProcessAgentOptions,
  type ProgramAgent,
  processAgent,
} from "./process/process-agent.js";
export { type Preset, type PresetOptions, presetNames, presets } from "./preset/presets.js";
export {
  ATTEMPT_VARIABLE,
  attemptEnvironment,
  type AttemptProcesses,
  DEFAULT_MAX_OUTPUT_BYTES,
  type EnvironmentChanges,
  findProgram,
  OUTER_ATTEMPTS_VARIABLE,
  OUTER_TOKENS_VARIABLE,
  sweepDescendants,
  TOKEN_VARIABLE,
} from "@automatosx/workflow/programs";

// --- functions
export {
  agentFromRegistry,
  type TaskAgent,
  type TaskAgentRegistry,
} from "./function/agent-from-registry.js";

// --- trying a workflow out
export {
  type SimulatedAgentOptions,
  type SimulatedResult,
  simulatedAgent,
} from "./simulated/simulated-agent.js";
export type { TaskTexts } from "./simulated/simulated-answer.js";
