/**
 * The bridge to the core. Only this folder imports the generated bindings, through the core's
 * index.
 */
export type {
  CheckpointData,
  Effect,
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
export { Context, Event, Machine, RunQueries, State } from "@automatosx/rescript-core";
