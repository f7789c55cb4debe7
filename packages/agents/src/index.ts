// --- agents of our own

// --- agents by id
export {
  type AgentEntry,
  AgentRegistry,
  ANY_AGENT,
  type DefinitionSource,
  type RegisterOptions,
  registryFromDefinitions,
} from "./AgentRegistry.js";
export { agentFromDefinition, type DefinitionPlace } from "./agent-from-definition.js";
export {
  agentFromRegistry,
  type TaskAgent,
  type TaskAgentRegistry,
} from "./agent-from-registry.js";
export { AGENTS_FILE_LIMIT_BYTES, loadAgentsFile, parseAgentsFile } from "./agents-file.js";
// --- processes
export {
  ATTEMPT_VARIABLE,
  attemptEnvironment,
  OUTER_ATTEMPTS_VARIABLE,
} from "./attempt-environment.js";
export { findProgram } from "./find-program.js";
export {
  DEFAULT_GRACE_MS,
  DEFAULT_MAX_OUTPUT_BYTES,
  type ProcessAgentOptions,
  processAgent,
} from "./ProcessAgent.js";
export {
  type Preset,
  type PresetName,
  type PresetOptions,
  presetNames,
  presets,
} from "./presets.js";
export {
  type SimulatedAgentOptions,
  type SimulatedResult,
  simulatedAgent,
} from "./simulated-agent.js";
export { type AttemptProcesses, sweepDescendants } from "./sweep-descendants.js";
