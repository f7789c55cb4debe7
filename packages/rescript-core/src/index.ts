/** The public API of the core: plain names for the generated bindings, grouped by folder. */
import * as generated from "./workflows/WorkflowStateMachine.gen.js";

// --- machine: states, events, what a run knows, what follows, and what may be asked of it

export type {
  Context_t as WorkflowContext,
  Event_t as WorkflowEvent,
  Machine_effect as Effect,
  Machine_outcome as TransitionOutcome,
  Machine_refusal as Refusal,
  Machine_snapshot as MachineSnapshot,
  Machine_t as WorkflowMachine,
  State_t as WorkflowState,
} from "./workflows/WorkflowStateMachine.gen.js";
/** The states: their names, and what each allows. */
export const State = generated.State;
/** The events: their names as the journal has them. */
export const Event = generated.Event;
/** Makes, reads and changes a context without a machine. */
export const Context = generated.Context;
/** Questions about a context that decide whether an event is accepted. */
export const Guards = generated.Guards;
/** The machine: `make` one, `transition` it by an event, `wake` it, take and load snapshots. */
export const Machine = generated.Machine;
export type {
  checkpointData as CheckpointData,
  handlers as Handlers,
  pauseReason as PauseReason,
  workflowInfo as WorkflowInfo,
} from "./workflows/RunContext.gen.js";
export type {
  attemptRequest as AttemptRequest,
  parkedScope as ParkedScope,
  stop as RunStop,
} from "./workflows/RunQueries.gen.js";
export type { answer as GateAnswer } from "./ledger/Gate.gen.js";
export type { question as OpenQuestion } from "./ledger/Questions.gen.js";
export type { signal as Signal, snapshot as SignalsSnapshot } from "./ledger/Signals.gen.js";
/** Every question that may be asked of a machine; `request` says what to run for an attempt. */
export * as RunQueries from "./workflows/RunQueries.gen.js";

// --- ledger: steps, attempts, checkpoints, figures

export type {
  dimension as BudgetDimension,
  report as BudgetReport,
  settled as BudgetSettled,
  share as BudgetShare,
} from "./ledger/Budget.gen.js";
export type {
  info as CheckpointInfo,
  kind as CheckpointKind,
} from "./ledger/CheckpointPlan.gen.js";
export type { phase as RunPhase } from "./ledger/Ending.gen.js";
export type { cause as StepCause, reading as ConditionReading } from "./ledger/Explanation.gen.js";
export type { t as Metrics } from "./ledger/Metrics.gen.js";
export type { t as RetryPolicy } from "./ledger/RetryPolicy.gen.js";
export {
  delayMs as retryDelayMs,
  mayRetry,
  standard as standardRetryPolicy,
} from "./ledger/RetryPolicy.gen.js";
export type {
  agentLimit as AgentLimit,
  budget as Budget,
  t as RunPolicy,
} from "./ledger/RunPolicy.gen.js";
export type {
  amounts as UsageAmounts,
  check as StepCheck,
  composite as StepKind,
  def as StepDef,
  failureReason as FailureReason,
  fallback as StepFallback,
  gate as StepGate,
  info as StepInfo,
  session as StepSession,
  stop as StepStop,
  wait as StepWait,
  detail as StepDetail,
  feedback as StepFeedback,
  foreach as StepForeach,
  join as StepJoin,
  keptFile as KeptFile,
  loop as StepLoop,
  reason as StepReason,
  reuse as StepReuse,
  run as StepRun,
  snapshot as StepSnapshot,
  status as StepStatus,
  waitReason as WaitReason,
} from "./ledger/Step.gen.js";

export type { request as StepRequest, snapshot as OfferSnapshot } from "./ledger/Offers.gen.js";
export type { entry as PreviewEntry, verdict as PreviewVerdict } from "./workflows/Preview.gen.js";

// --- graph: batches, cycles, the critical path

export type {
  criticalPath as CriticalPath,
  graph as DependencyGraph,
  node as DependencyNode,
  outcome as DependencyGraphOutcome,
  problem as DependencyProblem,
} from "./graph/DependencyGraph.gen.js";
export {
  build as buildDependencyGraph,
  criticalPath,
  downstream,
} from "./graph/DependencyGraph.gen.js";

// --- expressions: what conditions and templates say, and what they give

export type {
  ast as Expression,
  bindings as ExpressionBindings,
  failure as ExpressionFailure,
  failureKind as ExpressionFailureKind,
  problem as ExpressionProblem,
  span as ExpressionSpan,
} from "./expressions/ExpressionSyntax.gen.js";
export type {
  json as JsonTemplate,
  located as LocatedProblem,
  part as TemplatePart,
  t as ParsedTemplate,
} from "./expressions/Template.gen.js";
/** Parses, evaluates and prints expressions. */
export * as Expressions from "./expressions/Expressions.gen.js";
/** Parses and renders texts and JSON values with `${{ }}`. */
export * as Templates from "./expressions/Templates.gen.js";

// --- schemas, and types of values

export type { part as JsonPathPart } from "./expressions/JsonPath.gen.js";
export type {
  acceptance as SchemaAcceptance,
  outcome as SchemaOutcome,
  t as Schema,
} from "./expressions/JsonSchema.gen.js";
/** JSON Schema as it is enforced: `read` a schema, `validate` or `accept` a value. */
export * as Schemas from "./expressions/JsonSchema.gen.js";
export type { t as SchemaProblem } from "./expressions/SchemaProblem.gen.js";
export type { misfit as SchemaMisfit } from "./expressions/SchemaValidator.gen.js";
export type {
  kind as ValueKind,
  property as PropertyType,
  t as ValueType,
} from "./expressions/ValueType.gen.js";
/** The types of values: makes them, describes them, asks what a value of a type can be. */
export * as ValueTypes from "./expressions/ValueType.gen.js";

// --- expressions: what they refer to, and what they decide

export type { t as ConditionCoverage } from "./expressions/Coverage.gen.js";
/** Which values of one path a condition admits. */
export * as Coverage from "./expressions/Coverage.gen.js";
export type {
  element as ReferenceElement,
  reference as ExpressionReference,
} from "./expressions/References.gen.js";
/** The names that an expression refers to. */
export * as References from "./expressions/References.gen.js";

// --- the checker of expressions

export type {
  reach as StepReach,
  reason as OutOfScopeReason,
  settled as SettledStatus,
  surroundings as CheckSurroundings,
  t as CheckScope,
} from "./expressions/CheckScope.gen.js";
export type {
  severity as FindingSeverity,
  t as ExpressionFinding,
} from "./expressions/CheckFinding.gen.js";
export type {
  checked as CheckedExpression,
  condition as CheckedCondition,
} from "./expressions/Checker.gen.js";
/** Checks expressions against the types of what they read. */
export * as Checker from "./expressions/Checker.gen.js";
