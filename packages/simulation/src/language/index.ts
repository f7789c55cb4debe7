export { ExpressionFailure } from "./ExpressionFailure.js";
export { evaluateText } from "./evaluate.js";
export type {
  InterpretedWorkflow,
  InterpreterOptions,
  LaunchReply,
  LaunchRequest,
} from "./Host.js";
export type { Instance } from "./Instance.js";
export { Interpreter, type RunEnd } from "./Interpreter.js";
export { pathsInText, type ReadPath } from "./paths.js";
export { previousResultsOf } from "./previous-results.js";
export { readAnswer } from "./read-answer.js";
export { StepTree } from "./StepTree.js";
export { schemaMisfit } from "./schema-misfit.js";
export { fillValue, renderText } from "./template.js";
