import type { AttemptRequest, Outcome } from "@automatosx/workflow/drive";
import type { StoredValue } from "./large-values.js";

/** What a job holds: everything that a worker needs to perform the attempt. */
export interface AttemptJob {
  /** The `AttemptRequest`, with its templates as written. */
  readonly request: StoredValue;
  /** Identifies the effect of the attempt. Absent if it is unknown. */
  readonly effectKey?: string;
  /** Whether the attempt works in a directory of the run. */
  readonly usesDirectory?: true;
}

/** What a worker leaves in the job of an attempt that has ended. */
export interface AttemptEnd {
  /** The `Outcome`. */
  readonly outcome: StoredValue;
  /** How many pieces the agent wrote, all of which are stored. */
  readonly logged: number;
}

/** What identifies an attempt for people. */
export type AttemptName = Pick<
  AttemptRequest,
  "agentId" | "runId" | "stepId" | "attemptNumber" | "idempotencyKey"
>;

/** The outcome of an attempt whose work was lost, or that never began: it costs no retry. */
export function interrupted(error: string, at: number): Outcome {
  return { ok: false, error, reason: "interrupted", at };
}
