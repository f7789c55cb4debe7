import type { DefinitionIssue, WorkflowErrorCode } from "@automatosx/schemas";
import { type ErrorIdentity, isInstanceOf } from "./instance-of.js";
import { messageOf } from "./message-of.js";

export type { DefinitionFix, DefinitionIssue, WorkflowErrorCode } from "@automatosx/schemas";
export { messageOf } from "./message-of.js";

/** What a user or a program can do next. The command line turns it into a command to type. */
export interface SuggestedAction {
  /** What to do next, for a program that offers it. */
  readonly action:
    | "validate_workflow"
    | "list_agents"
    | "give_inputs"
    | "give_context"
    | "list_runs"
    | "show_run"
    | "resume_run"
    | "follow_run"
    | "start_run"
    | "list_checkpoints"
    | "verify_database"
    | "salvage_database"
    | "inspect_database"
    | "read_help";
  /** The run that the action is for, if any. */
  readonly runId?: string;
  /** The path of the database, if it is no longer where it was opened. */
  readonly database?: string;
}

/** The details of an error besides its code and message. */
export interface WorkflowErrorDetails {
  /**
   * What to do next, as an instruction that applies to every caller. It must not mention CLI
   * commands.
   */
  readonly remedy?: string;
  /** What to do next, as data. Defaults to the action in `ERROR_KINDS`, for the error's run. */
  readonly suggestion?: SuggestedAction;
  /** Every issue of a refused definition. */
  readonly issues?: readonly DefinitionIssue[];
  /** The run that the error concerns. */
  readonly runId?: string;
  /** The underlying error. */
  readonly cause?: unknown;
}

const MARK: unique symbol = Symbol.for("@automatosx/workflow-error");

const IDENTITY: ErrorIdentity = {
  mark: MARK,
  name: "WorkflowError",
  property: "code",
  propertyType: "string",
};

/** The only error type of this package: a code from a closed list, a sentence and a remedy. */
export class WorkflowError extends Error {
  /** The error code, for programs. */
  readonly code: WorkflowErrorCode;
  /** What to do next, as an instruction. */
  readonly remedy: string | undefined;
  /** What to do next, for a program that offers it. */
  readonly suggestion: SuggestedAction;
  /** Every issue of a refused definition; else empty. */
  readonly issues: readonly DefinitionIssue[];
  /** The run that the error concerns. */
  readonly runId: string | undefined;

  constructor(code: WorkflowErrorCode, message: string, details: WorkflowErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "WorkflowError";
    this.code = code;
    this.remedy = details.remedy;
    this.issues = details.issues ?? [];
    this.runId = details.runId;
    this.suggestion = details.suggestion ?? {
      action: ERROR_KINDS[code].action,
      ...(details.runId !== undefined && { runId: details.runId }),
    };
  }

  /** @internal */
  get [MARK](): true {
    return true;
  }

  /** An error of another copy of this package is an instance too. */
  static override [Symbol.hasInstance](value: unknown): value is WorkflowError {
    return isInstanceOf(this, WorkflowError, value, IDENTITY);
  }
}

/**
 * Returns a caught value as a `WorkflowError`: an `internal` one unless it already is one.
 * @internal
 */
export function asWorkflowError(cause: unknown, runId?: string): WorkflowError {
  if (cause instanceof WorkflowError) return cause;
  const details = { cause, ...(runId !== undefined && { runId }) };
  return new WorkflowError("internal", messageOf(cause), details);
}

/** The properties of an error that follow from its code alone. */
export interface ErrorKind {
  /**
   * What the error concerns: invalid data from the `caller`, one `run`, a run that is active
   * `elsewhere`, the whole `database`, or this `engine`.
   */
  readonly concerns: "caller" | "run" | "elsewhere" | "database" | "engine";
  /**
   * True if a recovery that fails with this error counts towards the run's quarantine. False if
   * another engine or a later try may succeed, because the error is then not caused by the run.
   */
  readonly quarantines: boolean;
  /** What the code means, as a sentence. */
  readonly meaning: string;
  /** What to do next, if the error itself does not say. */
  readonly remedy: string;
  /** The action to suggest, if the error itself suggests none. */
  readonly action: SuggestedAction["action"];
}

/**
 * What each code means and what to do about it. The error reference is generated from this table.
 */
export const ERROR_KINDS = {
  invalid_definition: {
    concerns: "caller",
    quarantines: true,
    meaning: "The workflow has errors. `issues` lists all of them. Nothing was started.",
    remedy: "Fix each issue at the line and column given.",
    action: "validate_workflow",
  },
  invalid_input: {
    concerns: "caller",
    quarantines: true,
    meaning:
      "The run's inputs do not match the inputs that the workflow declares. Nothing was " +
      "started.",
    remedy: "Provide or correct the inputs listed in the message.",
    action: "give_inputs",
  },
  invalid_argument: {
    concerns: "caller",
    quarantines: true,
    meaning: "An argument is invalid.",
    remedy: "Correct the value given in the message.",
    action: "read_help",
  },
  unknown_agent: {
    concerns: "caller",
    quarantines: false,
    meaning: "A step uses an agent that is not registered. Nothing was started.",
    remedy: "Register the agent in code, under `agents:` in the workflow, or in an agents file.",
    action: "list_agents",
  },
  run_not_found: {
    concerns: "caller",
    quarantines: true,
    meaning: "No run has this id.",
    remedy: "List the runs in the database, or open another database.",
    action: "list_runs",
  },
  run_ambiguous: {
    concerns: "caller",
    quarantines: true,
    meaning: "Several run ids contain this part.",
    remedy: "Specify more of the id.",
    action: "list_runs",
  },
  run_exists: {
    concerns: "caller",
    quarantines: true,
    meaning:
      "A run with this id was started with another workflow, other inputs or another context.",
    remedy: "Choose another id, or resume the existing run.",
    action: "show_run",
  },
  run_owned_elsewhere: {
    concerns: "elsewhere",
    quarantines: false,
    meaning:
      "A living process owns the run; or it owns a run in a database of an older version, which " +
      "is not migrated meanwhile.",
    remedy: "Watch the run, pause it there, or end that process.",
    action: "follow_run",
  },
  run_not_resumable: {
    concerns: "caller",
    quarantines: false,
    meaning:
      "The run is completed, cancelled, or already active in this engine; or the folder or the " +
      "agents file that it was started with no longer exists.",
    remedy: "Read its results, or start the workflow again.",
    action: "show_run",
  },
  run_quarantined: {
    concerns: "caller",
    quarantines: true,
    meaning:
      "Recovery of this run failed three times in a row, with no result recorded, so " +
      "`recover()` skips it. Other runs are unaffected.",
    remedy: "Find the cause, then resume the run by its id, which resets the count.",
    action: "show_run",
  },
  run_failed: {
    concerns: "run",
    quarantines: true,
    meaning: "`execute` returned no results because the run failed.",
    remedy: "Fix the cause, then call `engine.resume(runId)` to retry the failed steps.",
    action: "resume_run",
  },
  run_cancelled: {
    concerns: "run",
    quarantines: true,
    meaning: "`execute` returned no results because the run was cancelled.",
    remedy: "Start the workflow again.",
    action: "start_run",
  },
  run_paused: {
    concerns: "run",
    quarantines: true,
    meaning: "`execute` returned no results because the run was paused.",
    remedy: "Call `engine.resume(runId)` to continue it.",
    action: "resume_run",
  },
  result_not_found: {
    concerns: "run",
    quarantines: false,
    meaning: "The step has no result, because it has not completed.",
    remedy: "Read the steps of the run: a failed or interrupted step can be tried again.",
    action: "show_run",
  },
  event_refused: {
    concerns: "caller",
    quarantines: true,
    meaning:
      "The run's current state does not allow this; for example, a completed run cannot be paused.",
    remedy: "Read the run's state, and try again after it has changed.",
    action: "show_run",
  },
  gate_not_open: {
    concerns: "caller",
    quarantines: false,
    meaning: "The step does not wait for an answer: it was answered before, or it has not begun.",
    remedy: "List the open questions of the run.",
    action: "show_run",
  },
  older_attempt: {
    concerns: "caller",
    quarantines: false,
    meaning: "The answer is to an earlier attempt of the step, which has been asked again since.",
    remedy: "Read the question as it is now, then answer it.",
    action: "show_run",
  },
  invalid_answer: {
    concerns: "caller",
    quarantines: false,
    meaning:
      "An answer does not fit the form of its gate, or the data of a signal does not fit the " +
      "form " +
      "of the step that waits for it. Nothing was recorded.",
    remedy: "Correct the value given in the message, and send the answer again.",
    action: "show_run",
  },
  step_not_completed: {
    concerns: "caller",
    quarantines: false,
    meaning:
      "The step has no result that could be replaced: it is not completed, or has steps inside. " +
      "Nothing was recorded.",
    remedy: "Replace the result of a completed step, or perform the step again.",
    action: "show_run",
  },
  duplicate_signal: {
    concerns: "caller",
    quarantines: false,
    meaning: "The run has already received a signal with this id. Nothing was recorded.",
    remedy: "No action needed if the signal was sent again on purpose.",
    action: "show_run",
  },
  signals_full: {
    concerns: "caller",
    quarantines: false,
    meaning: "The run keeps 1,000 signals that no step has waited for yet, the most it can keep.",
    remedy: "Send the signal again when a step waits for it.",
    action: "show_run",
  },
  lease_lost: {
    concerns: "run",
    quarantines: false,
    meaning:
      "This engine no longer owns the run: another engine has claimed it, or its lease could " +
      "not be renewed. The agents of the run were stopped.",
    remedy:
      "If another engine owns the run, it continues the run; otherwise resume it. This happens " +
      "if a process is frozen, or its database does not answer, for about as long as a lease.",
    action: "show_run",
  },
  checkpoint_not_found: {
    concerns: "caller",
    quarantines: true,
    meaning: "No checkpoint has this id.",
    remedy: "List the run's checkpoints.",
    action: "list_checkpoints",
  },
  checkpoint_damaged: {
    concerns: "database",
    quarantines: true,
    meaning: "A checkpoint does not match its hash and was skipped.",
    remedy: "No action needed: the journal contains everything.",
    action: "list_checkpoints",
  },
  journal_damaged: {
    concerns: "database",
    quarantines: true,
    meaning:
      "The journal of a run does not match its hashes. It was not used, and nothing was run.",
    remedy: "Restore the database from a backup, or salvage the intact data into a new file.",
    action: "verify_database",
  },
  journal_diverged: {
    concerns: "database",
    quarantines: false,
    meaning:
      "What another backend sent of a run contradicts the copy of the run in this database. The " +
      "copy was not changed.",
    remedy:
      "Do not trust either of them. Keep the database, read the events of the run in both, and " +
      "look for an agent or a workflow that was changed while the run was executed.",
    action: "show_run",
  },
  database_busy: {
    concerns: "database",
    quarantines: false,
    meaning: "Another process held the database for longer than the busy timeout.",
    remedy: "Try again.",
    action: "inspect_database",
  },
  database_full: {
    concerns: "database",
    quarantines: false,
    meaning:
      "The disk is full. Everything that was reported is stored. The run is paused at its " +
      "last commit.",
    remedy: "Free some space, then resume the run.",
    action: "inspect_database",
  },
  database_newer: {
    concerns: "database",
    quarantines: false,
    meaning: "The database was created by a newer version. The file was not changed.",
    remedy: "Upgrade.",
    action: "inspect_database",
  },
  database_unusable: {
    concerns: "database",
    quarantines: false,
    meaning:
      "The file cannot be used: missing permissions, a path that cannot be followed, not an " +
      "SQLite database, no tables of this package, an edited migration, or a file that was " +
      "deleted, moved or replaced while it was open.",
    remedy: "Correct the cause given in the message.",
    action: "inspect_database",
  },
  engine_closed: {
    concerns: "engine",
    quarantines: false,
    meaning: "The engine was closed before or during the call. Its runs can be resumed.",
    remedy: "Open another engine.",
    action: "resume_run",
  },
  internal: {
    concerns: "engine",
    quarantines: true,
    meaning: "A bug in the engine.",
    remedy: "Please report it, with the message and the steps that led to it.",
    action: "inspect_database",
  },
} as const satisfies Readonly<Record<WorkflowErrorCode, ErrorKind>>;
