/** How `axw` tells a script what happened. */
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

/** For an error by its code: those of the database are 5, those that a retry could mend 1, a run that is another process's 6, all others are the caller's: 2. */
export function exitCodeOfError(code: string): ExitCode {
  if (code.startsWith("database_")) return ExitCode.database;
  switch (code) {
    case "journal_damaged":
    case "checkpoint_damaged":
      return ExitCode.database;
    case "lease_lost":
    case "engine_closed":
    case "run_failed":
    case "internal":
      return ExitCode.failed;
    // Nothing is wrong with what was typed: cron, which sends it again, has to know.
    case "run_owned_elsewhere":
      return ExitCode.elsewhere;
    case "run_paused":
      return ExitCode.paused;
    case "run_cancelled":
      return ExitCode.cancelled;
    default:
      return ExitCode.invalid;
  }
}

/** For a run that has ended, or was left. */
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
