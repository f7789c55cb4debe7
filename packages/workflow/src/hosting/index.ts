/**
 * @automatosx/workflow/hosting: what a host of runs needs besides `drive`, so that a backend checks
 * starts and performs commands exactly as the embedded engine does.
 */

export { failedStateId } from "@automatosx/run-view";
export { type BackendLimits, backendIssues } from "../backend/backend-issues.js";
export type { Capabilities } from "../backend/ExecutionBackend.js";
export { omitUndefined } from "../core/omit-undefined.js";
export {
  type CheckpointData,
  type Refusal,
  RunQueries,
  State,
  type WorkflowEvent,
  type WorkflowMachine,
} from "../core/workflow-state-machine.js";
export { mergeLimits } from "../drive/run-policy.js";
export { startPlace } from "../drive/start-place.js";
export { storedDefinitions } from "../drive/stored-definition.js";
export {
  type ChildRest,
  outcomeOfChild,
  restOfChild,
} from "../engine/child-runs/child-outcome.js";
export { fitsChild, hasEnded } from "../engine/child-runs/choose-child.js";
export { readChild } from "../engine/child-runs/read-child.js";
export { checkDepth } from "../engine/child-runs/start-child.js";
export {
  addFacts,
  type FactsOfSteps,
  hasFailedSince,
  isSpent,
  NO_FACTS,
  type StepFacts,
  usedSince,
} from "../engine/child-runs/step-facts.js";
export { outcomeOfRefusal } from "../engine/command-outcome.js";
export { alreadyEnded } from "../engine/ended-run.js";
export { exactCommand } from "../engine/exact-command.js";
export { inputsFor } from "../engine/inputs-for.js";
export { type GuardedLease, type GuardedProgram, LeaseGuard } from "../engine/LeaseGuard.js";
export { runIdCheck } from "../engine/named-run.js";
export { DEFAULT_CHECKPOINTS } from "../engine/new-run.js";
export { type PreparedCommand, tellCommand } from "../engine/perform-command.js";
export { endingOfMachine } from "../engine/RunEnding.js";
export { mayAccept } from "../engine/send-command.js";
export { valuesOf } from "../engine/start-values.js";
export { checkCommand, setLimits } from "../engine/validate-options.js";
export { childStepIds, everyStepOf, usesChildRuns } from "../every-step.js";
export { effectKeyOf } from "../journal/attempt-key.js";
export { childRunId, startingAttempt } from "../journal/child-run-id.js";
export { INLINE_BYTES } from "../journal/journal-value.js";
export { referencedArtifacts } from "../storage/referenced-artifacts.js";
export { runExists } from "../storage/run-exists.js";
export type {
  LogChunk,
  NewRun,
  StartedFrom,
  StoragePort,
  StoredArtifact,
  StoredCheckpoint,
  StoredDefinition,
} from "../storage/StoragePort.js";
export { startedFromOf } from "../storage/started-from.js";
