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

// --- paths, and what a run asks
export { editableStep } from "./editable-step.js";
export { type OpenQuestion, openQuestions } from "./open-questions.js";
export { innerPath, isWithin, type PathPlace, placeOf, rootOf } from "./step-path.js";

// --- text of others, made safe, and the reason in it
export { cleanLine, cleanStart, cleanText, unfinishedAt } from "./text/clean-text.js";
export { cleanOutput, failureLine, failureReason } from "./text/failure-line.js";
export type { FailureReason } from "./text/find-reason.js";

// --- words: what it waits for, and what holds it
export { budgetText, heldText, usedText } from "./words/budget.js";
// --- words: its steps
export { describeCause, type Situation } from "./words/cause.js";
// --- words: its events, and going back
export { changesText, reuseText } from "./words/changes.js";
// --- words: numbers, times and names
export { count, grouped, namesOf } from "./words/count.js";
export { agoText, duration, instant, untilText, wholeSeconds } from "./words/duration.js";
export type { EventLine } from "./words/EventLine.js";
export { describeEvent } from "./words/event.js";
export { failedStep } from "./words/failed-step.js";
export {
  type HeldRun,
  heldByBudget,
  holdOf,
  type Pause,
  pauseOf,
  pauseText,
} from "./words/pause.js";
export { questionText, questionWithTime } from "./words/question.js";
// --- words: long text on one line
export { cutLine, fitReason, type Ruler, shortError, shortResult } from "./words/reason.js";
export { describeRerun, RerunMarks } from "./words/rerun-marks.js";
export { RerunPlan } from "./words/RerunPlan.js";
export { rerunRemark } from "./words/rerun-remark.js";
// --- words: a run
export { causeOfRun, type RunCause } from "./words/run-cause.js";
export { type Saying, sayingOfRow, sayingsOfRun, sayingText } from "./words/run-says.js";
export {
  completedText,
  type EndedCounts,
  isOwned,
  type OwnerState,
  type RunFacts,
  type RunWord,
  runWord,
  stopText,
  timeText,
  toleratedNote,
} from "./words/run-word.js";
export { isGeneratedRunId, shortId } from "./words/short-id.js";
export {
  type ReasonedStep,
  reasonOfSkip,
  type ShownStep,
  shownSteps,
  withReasons,
} from "./words/shown-step.js";
export { type Tone, toneOf } from "./words/status-tone.js";
export {
  type CountPart,
  countParts,
  countsText,
  type KnownCounts,
  pendingPart,
} from "./words/step-counts.js";
export { noteOfStep, shortNote } from "./words/step-note.js";
export { waitText } from "./words/wait.js";
export { type Room, stepSays } from "./words/step-says.js";
export { progressOf, type StepTree, treeOf } from "./words/step-tree.js";

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
