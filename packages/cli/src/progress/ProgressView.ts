import type { RunEvent } from "@automatosx/schemas";

/** Shows a run while it goes on. */
export interface ProgressView {
  event(event: RunEvent): void;
  /** Something said to the person beside the events. */
  notice(text: string): void;
  /** Ends the view; nothing is shown after it. */
  stop(): void;
}

/** What a view may ask about a run's agents: a simulated answer must never look like a real one. */
export type IsSimulated = (agentId: string) => boolean;

export const SIMULATED = "(simulated)";
