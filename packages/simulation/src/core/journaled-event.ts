import type { WorkflowEvent } from "@automatosx/rescript-core";

/** An accepted event and the instant at which it was accepted. */
export interface JournaledEvent {
  readonly event: WorkflowEvent;
  readonly at: number;
}
