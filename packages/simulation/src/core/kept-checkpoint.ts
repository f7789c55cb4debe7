import type { CheckpointData, MachineSnapshot, WorkflowMachine } from "@automatosx/rescript-core";

/** A checkpoint as written. */
export interface KeptCheckpoint {
  /** The number of journaled events that precede it. */
  readonly seq: number;
  readonly data: CheckpointData;
  readonly snapshot: MachineSnapshot;
  readonly machine: WorkflowMachine;
  /** `data` and `snapshot` as JSON at that moment: what would be on disk. */
  readonly text: string;
}
