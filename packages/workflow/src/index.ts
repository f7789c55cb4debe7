/** @automatosx/workflow: runs a workflow's steps as soon as each is ready, and loses nothing in a crash. */

export type { AgentFactory, AgentMap } from "./agents/AgentDirectory.js";
// --- agents
export type { Agent, AgentFunction, AgentPort, AgentRequest, LogStream } from "./agents/AgentPort.js";
export { AgentError } from "./agents/AgentPort.js";
// --- look on, from any process
export { CheckpointManager } from "./checkpoint/CheckpointManager.js";
export { buildDependencyGraph, type CriticalPath, criticalPath, type DependencyGraph, downstream } from "./core/dependency-graph.js";
export {
  Context,
  Machine,
  type Metrics,
  State,
  type StepInfo,
  type StepStatus,
  type WorkflowState,
} from "./core/workflow-state-machine.js";
// --- definitions
export { type ParseOutcome, WorkflowParser } from "./definition/WorkflowParser.js";
export type { EngineOptions, EngineStats, StartOptions } from "./engine/EngineOptions.js";
export type { Chance, Clock, EnginePorts, Ids } from "./engine/ports.js";
export type { CheckpointPolicy, LimitOptions, WorkflowFormat } from "./engine/prepare-run.js";
export type { RunEnding } from "./engine/RunEnding.js";
export { RunHandle } from "./engine/RunHandle.js";
// --- run
export { WorkflowEngine } from "./engine/WorkflowEngine.js";
// --- errors
export type { DefinitionIssue, WorkflowErrorCode, WorkflowErrorDetails } from "./errors.js";
export { WorkflowError } from "./errors.js";
export { type FollowOptions, followRun } from "./observe/follow-run.js";
export { RunReader } from "./observe/RunReader.js";
export type { CheckpointSummary, RunFilter, StepAttemptRow, StoragePort, StoredDefinition, StoredRun } from "./storage/StoragePort.js";
// --- storage
export { openSqliteStorage } from "./storage/sqlite/SqliteStorage.js";
export { WorkflowDAO } from "./storage/sqlite/WorkflowDAO.js";
