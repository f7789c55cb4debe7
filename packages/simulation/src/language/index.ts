export { ExpressionFailure } from "./ExpressionFailure.js";
export { evaluateText } from "./evaluate.js";
export type { Refusal } from "./gates.js";
export type {
  InterpretedWorkflow,
  InterpreterOptions,
  LaunchReply,
  LaunchRequest,
} from "./Host.js";
export type { Instance } from "./Instance.js";
export { Interpreter } from "./Interpreter.js";
export { pathsInText, type ReadPath } from "./paths.js";
export { previousResultsOf } from "./previous-results.js";
export { type Kept, RestorableRun } from "./RestorableRun.js";
export {
  type AttemptFailure,
  type Extras,
  Run,
  type RunEnd,
  type RunPlan,
} from "./Run.js";
export { readAnswer } from "./read-answer.js";
export { schemaMisfit } from "./schema-misfit.js";
export { sessionOf } from "./sessions.js";
export { fillValue, renderText } from "./template.js";
