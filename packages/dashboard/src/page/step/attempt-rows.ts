import { duration } from "@automatosx/run-view";
import type { StepAttempt } from "@automatosx/schemas";
import type { Used } from "../client/Usage.js";
import { tokens, usd } from "../shell/money.js";

/** An attempt as a table shows it. */
export interface AttemptRow {
  readonly number: number;
  readonly status: string;
  readonly started: string;
  readonly ran: string;
  /** Empty if the agent has not reported it. */
  readonly tokens: string;
  readonly cost: string;
  readonly error: string | undefined;
}

/** What the rows of attempts are made of. */
export interface AttemptSource {
  readonly attempts: readonly StepAttempt[];
  readonly now: number;
  /** Whether a process works on the run, so that an attempt without an end is in flight. */
  readonly isActive: boolean;
  readonly usedBy: (attemptNumber: number) => Used | undefined;
}

/** The attempts at a step, the newest first. */
export function attemptRows({
  attempts,
  now,
  isActive,
  usedBy,
}: AttemptSource): readonly AttemptRow[] {
  return attempts.toReversed().map((attempt) => {
    const { attemptNumber, status, startedAt, finishedAt, error } = attempt;
    const isRunning = status === "running";
    const used = usedBy(attemptNumber);
    const end = finishedAt ?? (isRunning && isActive ? now : undefined);
    return {
      number: attemptNumber,
      status: isRunning && !isActive ? "interrupted" : status,
      started: secondOfDay(startedAt),
      ran: end === undefined ? "" : duration(Math.max(0, end - startedAt)),
      tokens: used?.tokens === undefined ? unknown(used, isRunning) : tokens(used.tokens),
      cost: used?.usd === undefined ? unknown(used, isRunning) : usd(used.usd),
      error,
    };
  });
}

// Nothing is known of an attempt in flight; one that has ended and reported nothing is unknown.
function unknown(used: Used | undefined, isRunning: boolean): string {
  return used === undefined || isRunning || !used.isAtLeast ? "" : "unknown";
}

/** `14:39:49`, in the local time zone. */
export function secondOfDay(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}
