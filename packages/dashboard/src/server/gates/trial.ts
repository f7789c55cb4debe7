import type { RunEvent } from "@automatosx/schemas";
import { JournalError, type RunView } from "@automatosx/workflow/run-view";

/** What an entry would do to a run. */
export interface Trial {
  /** The run after it. */
  readonly after: RunView;
  readonly events: readonly RunEvent[];
}

/** An entry that a person would cause. */
export interface TriedEntry {
  readonly type: "gate_answered" | "signal_received";
  readonly stepId?: string;
  readonly attemptNumber?: number;
  readonly payload: unknown;
}

/**
 * Folds an entry into a copy of a run, so that the core itself says what would follow. Undefined if
 * it would refuse the entry.
 */
export function tryEntry(view: RunView, { payload, ...entry }: TriedEntry): Trial | undefined {
  const after = view.copy();
  try {
    const events = after.apply({
      ...entry,
      runId: view.origin.runId,
      seq: view.seq + 1,
      at: view.at,
      payload: JSON.stringify(payload),
    });
    return { after, events };
  } catch (error) {
    if (error instanceof JournalError) return undefined;
    throw error;
  }
}
