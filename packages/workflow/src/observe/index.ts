/**
 * @automatosx/workflow/observe: observes runs, regardless of which process owns them. It does not
 * load the engine or the parser, so that a process that only observes starts in half the time.
 */

export { isGeneratedRunId } from "@automatosx/run-view";
export { type CheckedCheckpoint, CheckpointManager } from "../checkpoint/CheckpointManager.js";
export { type FileProblem, fileProblem, pathExists } from "../checks/file-problem.js";
export {
  type CheckpointData,
  Context,
  Machine,
  type Metrics,
  State,
  type StepInfo,
  type StepStatus,
  type WorkflowState,
} from "../core/workflow-state-machine.js";
export type { SuggestedAction, WorkflowErrorCode, WorkflowErrorDetails } from "../errors.js";
export { ERROR_KINDS, WorkflowError } from "../errors.js";
export { checkRun } from "../journal/check-run.js";
export {
  checkAdoption,
  headOf,
  latestChildRuns,
  parentOf,
  stepPlace,
} from "../journal/child-steps.js";
export { countEndedSteps, type EndedSteps } from "../journal/count-steps.js";
export { findRun } from "../journal/find-run.js";
export { type ListFilter, listRuns } from "../journal/list-runs.js";
export {
  listOpenQuestions,
  type OpenQuestion,
  openQuestions,
  type QuestionReading,
} from "../journal/open-questions.js";
export { RunReader } from "../journal/RunReader.js";
export { goesBack } from "../storage/goes-back.js";
export {
  isOrphaned,
  isOwned,
  LEASE_GRACE_MS,
  type OwnerState,
  ownerState,
} from "../storage/owner-state.js";
export { isOwnerDead } from "../storage/process-identity.js";
export { isQuarantined } from "../storage/quarantine.js";
export type {
  CheckpointSummary,
  ForkedFrom,
  LogChunk,
  RunFilter,
  RunPosition,
  RunSearch,
  StartedFrom,
  StepAttemptRow,
  StoragePort,
  StoredDefinition,
  StoredRun,
} from "../storage/StoragePort.js";
export { openSqliteStorage } from "../storage/sqlite/SqliteStorage.js";
export { formatTraceparent, parseTraceparent, type SpanReference } from "../traceparent.js";
export { ChangeWatcher } from "./ChangeWatcher.js";
export { type FollowedRun, type FollowOptions, followRun } from "./follow-run.js";
