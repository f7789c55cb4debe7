import type { Effect, WorkflowEvent, WorkflowMachine } from "@automatosx/rescript-core";

/** An accepted event, with the machine before and after it. */
export interface AcceptedEvent {
  /** The id of the run. */
  readonly runId: string;
  /** The position of its journal entry, counted from 1. */
  readonly seq: number;
  /** When it was accepted, in ms since the epoch. */
  readonly at: number;
  /** The event that the machine accepted. */
  readonly event: WorkflowEvent;
  /** The machine before the event. */
  readonly before: WorkflowMachine;
  /** The machine after the event. */
  readonly after: WorkflowMachine;
  /** What the machine asked for. */
  readonly effects: readonly Effect[];
}
