/**
 * Every error that can occur outside a step, as a closed list. A step's own failure is not an error
 * but data: it is part of the run's `ending`.
 */
export const WORKFLOW_ERROR_CODES = [
  "invalid_definition",
  "invalid_input",
  "invalid_argument",
  "unknown_agent",
  "run_not_found",
  "run_ambiguous",
  "run_exists",
  "run_owned_elsewhere",
  "run_not_resumable",
  "run_quarantined",
  "run_failed",
  "run_cancelled",
  "run_paused",
  "result_not_found",
  "event_refused",
  "gate_not_open",
  "older_attempt",
  "invalid_answer",
  "step_not_completed",
  "duplicate_signal",
  "signals_full",
  "lease_lost",
  "checkpoint_not_found",
  "checkpoint_damaged",
  "journal_damaged",
  "journal_diverged",
  "database_busy",
  "database_full",
  "database_newer",
  "database_unusable",
  "engine_closed",
  "internal",
] as const;

/** The code of a `WorkflowError`. */
export type WorkflowErrorCode = (typeof WORKFLOW_ERROR_CODES)[number];
