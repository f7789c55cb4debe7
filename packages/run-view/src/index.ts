/**
 * @automatosx/run-view: the read model of a run, rebuilt by the core from the run's journal. It
 * uses no Node or browser APIs, so it runs in both.
 */

// --- the view of a run
export {
  failedStateId,
  type JournalPosition,
  RunView,
  type StepCounts,
} from "./RunView.js";
export type { Rerun } from "./RerunHistory.js";
export { ENGINE_GONE, type TimeSpent } from "./WorkTime.js";

// --- the input of a view
export { type JournalReferences, resultOf, type RunOrigin } from "./decode-event.js";
export { JournalError, type JournalProblem } from "./JournalError.js";
export type { AcceptedEvent } from "./project-events.js";

// --- what an accepted event has changed
export { editedStep } from "./edited-step.js";
export { isKept } from "./is-kept.js";
export { isReplant, type ReplantChanges, replantChanges } from "./replant-changes.js";

// --- two versions of a definition
export {
  type ChangedStep,
  type DefinitionChanges,
  definitionChanges,
  describeChanges,
} from "./definition-changes.js";

// --- the core's types that a view returns
export type {
  BudgetReport,
  CheckpointInfo,
  Metrics,
  RunStop,
  StepCause,
  StepInfo,
  StepSnapshot,
  WorkflowState,
} from "@automatosx/rescript-core";
