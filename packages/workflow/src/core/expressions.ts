/** The bridge to the core's expressions, schemas and types of values. */
export type {
  Expression,
  ExpressionProblem,
  ExpressionReference,
  CheckScope as ExpressionScope,
  ExpressionFinding as Finding,
  ExpressionSpan,
  StepReach,
  ValueType,
} from "@automatosx/rescript-core";
export {
  Checker,
  Coverage,
  Expressions,
  References,
  Schemas,
  Templates,
  ValueTypes,
} from "@automatosx/rescript-core";
