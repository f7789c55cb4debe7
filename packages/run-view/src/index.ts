/**
 * @automatosx/run-view: the read model of a run, folded from its journal by the core. It uses
 * no API of Node or of browsers, so that it runs in both.
 */

// --- the view of a run
export {
  failedStateId,
  type JournalPosition,
  RunView,
  type StepCounts,
} from "./RunView.js";

// --- what a view is fed with
export { type JournalReferences, resultOf, type RunOrigin } from "./decode-event.js";
export { JournalError, type JournalProblem } from "./JournalError.js";
export type { AcceptedEvent } from "./project-events.js";

// --- the core's shapes in a view's answers
export type {
  CheckpointInfo,
  Metrics,
  StepInfo,
  StepSnapshot,
  WorkflowState,
} from "@automatosx/rescript-core";
