import type { RunEvent } from "@automatosx/schemas";

/** Shows the progress of a run. */
export interface ProgressView {
  event(event: RunEvent): void;
  /** Shows a message for the person who watches. */
  notice(text: string): void;
  /** Ends the view. Nothing is shown afterwards. */
  stop(): void;
}

/** Whether an agent is simulated: a simulated result must never look like a real one. */
export type IsSimulated = (agentId: string) => boolean;

export const SIMULATED = "(simulated)";
