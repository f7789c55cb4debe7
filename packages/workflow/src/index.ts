/** @automatosx/workflow: runs multi-agent workflows durably, each step as soon as it is ready. */

// --- run
export { checkStart } from "./engine/start-run.js";
export { WorkflowEngine } from "./engine/WorkflowEngine.js";
export type { EngineOptions, EngineStats } from "./engine/EngineOptions.js";
export type { RunEnding } from "./engine/RunEnding.js";
export { RUN_STEP_ID, runStepAgent } from "./engine/run-step-agent.js";
export { missingSecrets, type Secrets } from "./engine/check-secrets.js";
export { stepsLeft } from "./engine/steps-left.js";
export type { Recovered } from "./engine/Recovery.js";
export { isQuarantined } from "./storage/quarantine.js";
export { type EventsOptions, RunHandle } from "./engine/RunHandle.js";
export type { CheckpointPolicy, LimitOptions } from "./drive/run-policy.js";
export type { Chance, Clock, EnginePorts, Ids } from "./ports.js";
export { systemPorts } from "./ports.js";

// --- backends: where runs are executed
export type {
  BackendReading,
  Capabilities,
  ExecutionBackend,
  JournalOptions,
  RunFilter,
  RunRef,
  RunSummary,
  StartOptions,
} from "./backend/ExecutionBackend.js";
export type {
  AmendOptions,
  BudgetLimits,
  CancelOptions,
  CommandOutcome,
  EditOptions,
  GateAnswer,
  OutcomeAnswer,
  ReopenOptions,
  RunCommand,
  SentSignal,
  StepAnswer,
} from "./backend/run-command.js";
export type { Afterwards } from "./engine/afterwards.js";
export type { EnqueueOptions } from "./engine/worker/enqueue-run.js";
export type { Drained, Work, WorkedRun, WorkOptions } from "./engine/worker/WorkOptions.js";
export type { ForkOptions } from "./engine/ForkOptions.js";
export type { Preview, PreviewOptions } from "./engine/PreviewOptions.js";
export { previewStored } from "./engine/preview-run.js";
export type { StepPreview } from "./core/preview.js";
export type { ResumeChanges } from "./engine/resume-changes.js";
export type { OpenQuestion } from "./journal/open-questions.js";

// --- agents
export type {
  Agent,
  AgentFeedback,
  AgentFunction,
  AgentPort,
  AgentRequest,
  LogStream,
  RunRequest,
} from "./agents/AgentPort.js";
export {
  AgentError,
  type AgentErrorClass,
  type AgentErrorDetails,
} from "./agents/AgentPort.js";
export { changedRequest } from "./agents/observed-request.js";
export { type AgentReply, agentReply, type AgentUsage } from "./agents/agent-reply.js";
export { attemptKey } from "./journal/attempt-key.js";
export { isGeneratedRunId } from "@automatosx/run-view";
export type { AgentFactory, AgentMap } from "./agents/AgentDirectory.js";

// --- definitions: from text to what the engine runs
export {
  type PrepareOptions,
  type PrepareOutcome,
  prepareWorkflow,
  prepareWorkflowFile,
  type WorkflowLimits,
} from "./definition/prepare-workflow.js";
export { agentsOf, everyStep } from "./every-step.js";
export { defineWorkflow } from "./definition/define-workflow.js";
export type { WorkflowData, WorkflowSource } from "./definition/WorkflowSource.js";
export type { WorkflowDefinition, WrittenWorkflow } from "@automatosx/schemas";
export type { FileReader } from "./definition/read-definition-file.js";
export type { PreparedWorkflow, WorkflowFormat } from "./definition/PreparedWorkflow.js";
export { decidingResults, placeInDefinition } from "./definition/deciding-results.js";
export { type LaunchBounds, launchBounds } from "./definition/launch-bounds.js";
export { WorkflowParser, type WorkflowParserOptions } from "./definition/WorkflowParser.js";
export {
  type AppliedFix,
  fixDefinition,
  type FixedDefinition,
} from "./definition/fix-definition.js";
export { formatIssue, formatIssues } from "./definition/format-issues.js";
export { ISSUE_KINDS, type IssueKind } from "./definition/issue-kinds.js";
export {
  renderTask,
  type RenderedTask,
  type TaskReference,
  taskReferences,
  type TaskValues,
} from "./definition/task-template.js";
export { hashDefinition } from "./definition/definition-hash.js";
export {
  buildDependencyGraph,
  type CriticalPath,
  criticalPath,
  type DependencyGraph,
  downstream,
} from "./core/dependency-graph.js";

// --- observe, from any process
export type { RunEvent, RunStatus, WorkflowMetrics } from "@automatosx/schemas";
export { type CheckedCheckpoint, CheckpointManager } from "./checkpoint/CheckpointManager.js";
export { checkArtifacts } from "./journal/check-artifacts.js";
export { checkNotes } from "./journal/check-notes.js";
export { countEndedSteps, type EndedSteps } from "./journal/count-steps.js";
export { findRun } from "./journal/find-run.js";
export { followRun, type FollowedRun, type FollowOptions } from "./observe/follow-run.js";
export { RunReader } from "./journal/RunReader.js";
export { type ListFilter, listRuns } from "./journal/list-runs.js";
export {
  Context,
  Machine,
  type Metrics,
  State,
  type StepInfo,
  type StepStatus,
  type WorkflowState,
} from "./core/workflow-state-machine.js";

// --- notices of what happens in runs
export type { Notice, NoticeType, Subscription } from "./notify/Notice.js";
export type { Hook, NotifyOptions, Receiver, Webhook } from "./notify/Receiver.js";
export { receiverId, receiverName } from "./notify/Receiver.js";
export type { NoticePosition } from "./storage/StoragePort.js";

export type {
  AgentCalled,
  EngineClosing,
  EntriesWritten,
  RunLeft,
} from "./trace/channels.js";
export type {
  AttemptEnded,
  AttemptStarted,
  RunEnded,
  RunFact,
  RunStarted,
  StepEnded,
  StepStarted,
} from "./trace/RunFact.js";

// --- retention
export { applyRetention, type ApplyRetentionOptions } from "./retention/apply-retention.js";
export type {
  RetentionOptions,
  RetentionPolicy,
  RetentionReport,
} from "./retention/RetentionPolicy.js";

// --- storage
export {
  isOrphaned,
  isOwned,
  type OwnerState,
  ownerState,
  LEASE_GRACE_MS,
} from "./storage/owner-state.js";
export { isOwnerDead } from "./storage/process-identity.js";
export { type DatabaseFormat, readFormat } from "./storage/sqlite/read-format.js";
export { openSqliteStorage } from "./storage/sqlite/SqliteStorage.js";
export { WorkflowDAO } from "./storage/sqlite/WorkflowDAO.js";
export type {
  CachedResult,
  CheckpointSummary,
  EndedRun,
  ForkedFrom,
  ReplicaEnd,
  ReplicaPart,
  StartedFrom,
  StepAttemptRow,
  StoragePort,
  StorageSize,
  RunUsage,
  StoredDefinition,
  StoredRun,
} from "./storage/StoragePort.js";

// --- errors
export type {
  DefinitionIssue,
  ErrorKind,
  SuggestedAction,
  WorkflowErrorCode,
  WorkflowErrorDetails,
} from "./errors.js";
export { ERROR_KINDS, WorkflowError } from "./errors.js";
