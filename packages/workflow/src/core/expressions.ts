/** The bridge to the core's expressions, schemas and types. Only this folder imports the bindings. */
export type {
  CheckScope as ExpressionScope,
  Expression,
  ExpressionBindings,
  ExpressionFinding as Finding,
  ExpressionProblem,
  ExpressionReference,
  ExpressionSpan,
  Schema,
  SchemaProblem,
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
