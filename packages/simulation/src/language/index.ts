export { ExpressionFailure, type FailureKind } from "./ExpressionFailure.js";
export { evaluateText, type Scope } from "./evaluate.js";
export type {
  InterpretedWorkflow,
  InterpreterOptions,
  LaunchReply,
  LaunchRequest,
} from "./Host.js";
export type { Instance, InstanceStatus } from "./Instance.js";
export { Interpreter, type RunEnd } from "./Interpreter.js";
export { readAnswer } from "./read-answer.js";
export { StepTree, type StepTreeOptions } from "./StepTree.js";
export { schemaMisfit } from "./schema-misfit.js";
export { fillValue, renderText } from "./template.js";
