import type { RunEvent } from "@automatosx/schemas";

/** Shows the progress of a run. */
export interface ProgressView {
  event(event: RunEvent): void;
  /** Shows a message to the user. */
  notice(text: string): void;
  /** Ends the view. Nothing more is shown. */
  stop(): void;
}

/** Whether an agent is simulated. A simulated result must never look like a real one. */
export type IsSimulated = (agentId: string) => boolean;

export const SIMULATED = "(simulated)";
