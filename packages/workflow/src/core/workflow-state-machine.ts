/** The bridge to the core: the only folder that imports the generated bindings, through their one face. */
export type {
  CheckpointData,
  CheckpointInfo,
  Effect,
  FailureReason,
  MachineSnapshot,
  Metrics,
  Refusal,
  RunPolicy,
  StepDef,
  StepInfo,
  StepSnapshot,
  StepStatus,
  TransitionOutcome,
  WorkflowContext,
  WorkflowEvent,
  WorkflowMachine,
  WorkflowState,
} from "@automatosx/rescript-core";
export { Context, Event, Guards, Machine, State } from "@automatosx/rescript-core";
