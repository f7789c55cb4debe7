import {
  type CheckpointData,
  Context,
  type Effect,
  Machine,
  type MachineSnapshot,
  type Metrics,
  type TransitionOutcome,
  type WorkflowEvent,
  type WorkflowMachine,
} from "@automatosx/rescript-core";

/**
 * The part of the core that a world uses. It is a parameter, so that tests can run the checks on a
 * faulty core.
 */
export interface Core {
  make(at: number): WorkflowMachine;
  transition(machine: WorkflowMachine, event: WorkflowEvent, at: number): TransitionOutcome;
  wake(machine: WorkflowMachine, at: number): readonly Effect[];
  snapshot(machine: WorkflowMachine, since: WorkflowMachine | undefined): MachineSnapshot;
  fastForward(machine: WorkflowMachine, snapshots: MachineSnapshot[]): WorkflowMachine;
  metrics(machine: WorkflowMachine): Metrics;
  checkpointData(machine: WorkflowMachine, checkpointId: string): CheckpointData;
}

/** The compiled core as published. */
export const compiledCore: Core = {
  make: Machine.make,
  transition: Machine.transition,
  wake: Machine.wake,
  snapshot: Machine.snapshot,
  fastForward: Machine.fastForward,
  metrics: (machine) => Context.metrics(Machine.context(machine)),
  checkpointData: (machine, checkpointId) =>
    Context.checkpointData(Machine.context(machine), checkpointId),
};
