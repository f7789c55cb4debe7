import { ERROR_KINDS, type ErrorKind, type WorkflowErrorCode } from "@automatosx/workflow/errors";

/** The exit codes of `axw`, by which a script can tell what happened. */
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
 * By whose affair an error is. A run that lives elsewhere has a code of its own, because nothing is
 * wrong with the command: cron, which will type it again, has to know.
 */
const BY_CONCERN: Readonly<Record<ErrorKind["concerns"], ExitCode>> = {
  caller: ExitCode.invalid,
  run: ExitCode.failed,
  elsewhere: ExitCode.elsewhere,
  database: ExitCode.database,
  engine: ExitCode.failed,
};

/** How a run ended, told as an error. */
const ENDINGS: { readonly [Code in WorkflowErrorCode]?: ExitCode } = {
  run_failed: ExitCode.failed,
  run_paused: ExitCode.paused,
  run_cancelled: ExitCode.cancelled,
};

/** The exit code for an error. */
export function exitCodeOfError(code: WorkflowErrorCode): ExitCode {
  return ENDINGS[code] ?? BY_CONCERN[ERROR_KINDS[code].concerns];
}

/** The exit code for a run that this process drove: it has ended, or is paused. */
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
