/**
 * The bridge to the core: the only folder that imports the generated bindings, through their one
 * face.
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
