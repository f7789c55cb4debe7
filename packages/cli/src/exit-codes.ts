import { ERROR_KINDS, type ErrorKind, type WorkflowErrorCode } from "@automatosx/workflow/errors";

/** The exit codes of `axw`, from which a script can tell what happened. */
export const ExitCode = {
  ok: 0,
  failed: 1,
  invalid: 2,
  paused: 3,
  cancelled: 4,
  database: 5,
  elsewhere: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * The exit code for each kind of error. A run owned by another process has its own code because the
 * command itself is correct, which a cron job that repeats the command needs to know.
 */
const BY_CONCERN: Readonly<Record<ErrorKind["concerns"], ExitCode>> = {
  caller: ExitCode.invalid,
  run: ExitCode.failed,
  elsewhere: ExitCode.elsewhere,
  database: ExitCode.database,
  engine: ExitCode.failed,
};

/** Errors that report how a run ended. */
const ENDINGS: { readonly [Code in WorkflowErrorCode]?: ExitCode } = {
  run_failed: ExitCode.failed,
  run_paused: ExitCode.paused,
  run_cancelled: ExitCode.cancelled,
};

/** Returns the exit code for an error. */
export function exitCodeOfError(code: WorkflowErrorCode): ExitCode {
  return ENDINGS[code] ?? BY_CONCERN[ERROR_KINDS[code].concerns];
}

/** Returns the exit code for a run that this process drove until it ended or was paused. */
export function exitCodeOfStatus(
  status: "completed" | "failed" | "paused" | "cancelled",
  wasInterrupted: boolean,
): ExitCode {
  switch (status) {
    case "completed":
      return ExitCode.ok;
    case "failed":
      return ExitCode.failed;
    case "cancelled":
      return ExitCode.cancelled;
    case "paused":
      return wasInterrupted ? ExitCode.interrupted : ExitCode.paused;
  }
}
