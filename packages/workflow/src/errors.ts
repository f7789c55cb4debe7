/** One thing wrong with a definition, at a place in its text. Lines and columns count from 1. */
export interface DefinitionIssue {
  /** Stable, greppable: `AXW1004`. The reference page of errors has one heading for each. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** What to do about it, as an instruction; for example ``write `dependencies` ``. */
  readonly remedy?: string;
  /** Where in the data: `["steps", 2, "agentId"]`. */
  readonly path: readonly (string | number)[];
  readonly line: number;
  readonly column: number;
  /** The source line with a caret under the place, ready to print. */
  readonly excerpt?: string;
}

/** Everything that can go wrong outside a step. A step's own failure is data: it ends up in the run's ending. */
export type WorkflowErrorCode =
  | "invalid_definition"
  | "invalid_input"
  | "invalid_argument"
  | "unknown_agent"
  | "run_not_found"
  | "run_ambiguous"
  | "run_exists"
  | "run_owned_elsewhere"
  | "run_not_resumable"
  | "run_quarantined"
  | "run_failed"
  | "run_cancelled"
  | "run_paused"
  | "event_refused"
  | "lease_lost"
  | "checkpoint_not_found"
  | "checkpoint_damaged"
  | "journal_damaged"
  | "database_busy"
  | "database_full"
  | "database_newer"
  | "database_unusable"
  | "engine_closed"
  | "internal";

export interface WorkflowErrorDetails {
  /** The next thing to do, as an instruction. */
  readonly remedy?: string;
  readonly issues?: readonly DefinitionIssue[];
  readonly runId?: string;
  readonly cause?: unknown;
}

/** The one error type of this package: a code of a closed list, a sentence, and the remedy. */
export class WorkflowError extends Error {
  readonly code: WorkflowErrorCode;
  readonly remedy: string | undefined;
  readonly issues: readonly DefinitionIssue[];
  readonly runId: string | undefined;

  constructor(code: WorkflowErrorCode, message: string, details: WorkflowErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "WorkflowError";
    this.code = code;
    this.remedy = details.remedy;
    this.issues = details.issues ?? [];
    this.runId = details.runId;
  }
}
