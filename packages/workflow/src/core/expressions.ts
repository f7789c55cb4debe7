/** The bridge to the core's expressions, schemas and types of values. */
export type {
  Expression,
  ExpressionProblem,
  ExpressionReference,
  ExpressionScope,
  ExpressionSpan,
  Finding,
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
