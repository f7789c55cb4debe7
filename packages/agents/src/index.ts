// --- agents of our own

// --- agents by id
export {
  type AgentEntry,
  AgentRegistry,
  ANY_AGENT,
  type DefinitionSource,
  type RegisterOptions,
  registryFromDefinitions,
} from "./registry/AgentRegistry.js";
export { agentFromDefinition, type DefinitionPlace } from "./registry/agent-from-definition.js";
export {
  agentFromRegistry,
  type TaskAgent,
  type TaskAgentRegistry,
} from "./registry/agent-from-registry.js";
export {
  AGENTS_FILE_LIMIT_BYTES,
  loadAgentsFile,
  parseAgentsFile,
} from "./agents-file/agents-file.js";
// --- processes
export {
  ATTEMPT_VARIABLE,
  attemptEnvironment,
  OUTER_ATTEMPTS_VARIABLE,
} from "./process/attempt-environment.js";
export { findProgram } from "./process/find-program.js";
export {
  DEFAULT_GRACE_MS,
  DEFAULT_MAX_OUTPUT_BYTES,
  type ProcessAgentOptions,
  processAgent,
} from "./process/process-agent.js";
export {
  type Preset,
  type PresetName,
  type PresetOptions,
  presetNames,
  presets,
} from "./process/presets.js";
export {
  type SimulatedAgentOptions,
  type SimulatedResult,
  simulatedAgent,
} from "./simulated-agent.js";
export { type AttemptProcesses, sweepDescendants } from "./process/sweep-descendants.js";
