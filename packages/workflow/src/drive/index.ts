/**
 * @automatosx/workflow/drive: the part of a run that every backend shares, without I/O. A backend
 * tells a `RunFold` what happened, makes its `Turn` durable, then performs the turn's effects; a
 * worker performs attempts with `performAttempt`.
 */

export { inAttemptDirectory } from "../run-directory/attempt-directory.js";
export { type KeptFile } from "../run-directory/kept-files.js";
export {
  type IdentifiedProcess,
  mayBeAlive,
  thisProcess,
} from "../storage/process-identity.js";
export type { AttemptOptions, StopSignal } from "./AttemptOptions.js";
export type { AttemptRequest } from "./attempt-request.js";
export { afterPendingInput } from "./Deadline.js";
export { definitionChange, type NextDefinition } from "./definition-change.js";
export {
  type AttemptBeginning,
  AttemptGuard,
  type Connection,
  type GuardedAttempt,
} from "./guard-attempt.js";
export { eventOfOutcome, failure, type Outcome, outcomeOfStop, stopMessage } from "./outcome.js";
export { misfitOf } from "./output-schema.js";
export { performAttempt } from "./perform-attempt.js";
export type { RemoteAgent } from "./RemoteAgent.js";
export {
  type FoldPosition,
  type Instant,
  RunFold,
  type SavedFold,
  type ToldWith,
} from "./RunFold.js";
export type { RunStart } from "./RunStart.js";
export { reconciledStep } from "./reconciled-step.js";
export { requestElsewhere } from "./request-elsewhere.js";
export { policyOf } from "./run-policy.js";
export { StoppedTime } from "./StoppedTime.js";
export { type ShownRequest, shownRequest } from "./shown-request.js";
export { storedDefinition } from "./stored-definition.js";
export { type TextPiece, TextTail } from "./TextTail.js";
export type { OutsideEffect, Turn } from "./Turn.js";
