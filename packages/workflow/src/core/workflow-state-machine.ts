/**
 * The bridge to the core. Only this folder imports the generated bindings, through the core's
 * index.
 */
export type {
  AgentLimit,
  CheckpointData,
  Effect,
  ExpressionBindings,
  FailureReason,
  MachineSnapshot,
  Metrics,
  Refusal,
  RunPolicy,
  StepInfo,
  StepSnapshot,
  StepStatus,
  WorkflowEvent,
  WorkflowMachine,
  WorkflowState,
} from "@automatosx/rescript-core";
export { Context, Event, Machine, RunQueries, State, Templates } from "@automatosx/rescript-core";
