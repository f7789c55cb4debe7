/** The face of the core: plain names over the generated bindings, grouped as its folders are. */

// --- machine: states, events, what a run knows, and what follows

export type {
  State_t as WorkflowState,
  Event_t as WorkflowEvent,
  Event_stepDef as StepDef,
  Event_policy as RunPolicy,
  Event_checkpointData as CheckpointData,
  Event_failureReason as FailureReason,
  Context_t as WorkflowContext,
  Context_workflowInfo as WorkflowInfo,
  Context_stepStatus as StepStatus,
  Context_stepInfo as StepInfo,
  Context_stepSnapshot as StepSnapshot,
  Context_checkpointInfo as CheckpointInfo,
  Context_metrics as Metrics,
  Machine_t as WorkflowMachine,
  Machine_effect as Effect,
  Machine_outcome as TransitionOutcome,
  Machine_refusal as Refusal,
  Machine_snapshot as MachineSnapshot,
} from "./workflows/WorkflowStateMachine.gen.js";
export { Context, Event, Guards, Machine, State } from "./workflows/WorkflowStateMachine.gen.js";

export type { t as RetryPolicy } from "./ledger/RetryPolicy.gen.js";
export {
  delayMs as retryDelayMs,
  mayRetry,
  standard as standardRetryPolicy,
} from "./ledger/RetryPolicy.gen.js";

// --- graph: batches, cycles, the critical path

export type {
  graph as DependencyGraph,
  node as DependencyNode,
  outcome as DependencyGraphOutcome,
  problem as DependencyProblem,
  criticalPath as CriticalPath,
} from "./graph/DependencyGraph.gen.js";
export {
  build as buildDependencyGraph,
  criticalPath,
  downstream,
} from "./graph/DependencyGraph.gen.js";
