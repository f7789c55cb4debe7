import { duration } from "@automatosx/run-view";
import type { StepAttempt } from "@automatosx/schemas";
import type { Used } from "../client/Usage.js";

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
  usedBy(attemptNumber: number): Used | undefined;
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
      started: timeOfDay(startedAt),
      ran: end === undefined ? "" : duration(Math.max(0, end - startedAt)),
      tokens: used?.tokens === undefined ? unknown(used, isRunning) : tokenText(used.tokens),
      cost: used?.usd === undefined ? unknown(used, isRunning) : moneyText(used.usd),
      error,
    };
  });
}

// Nothing is known of an attempt in flight; one that has ended and reported nothing is unknown.
function unknown(used: Used | undefined, isRunning: boolean): string {
  return used === undefined || isRunning || !used.isAtLeast ? "" : "unknown";
}

/** `14:39:49`, in the local time zone. */
export function timeOfDay(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

/** `870`, `41k`, `1.2M`. */
export function tokenText(tokens: number): string {
  if (tokens < 1000) return String(Math.round(tokens));
  if (tokens < 999_500) return `${(tokens / 1000).toFixed(tokens < 9950 ? 1 : 0)}k`;
  return `${(tokens / 1_000_000).toFixed(1)}M`;
}

/** `$0.38`; an amount below a cent with two digits that count. */
export function moneyText(usd: number): string {
  if (usd === 0 || usd >= 0.01) return `$${usd.toFixed(2)}`;
  return `$${Number(usd.toPrecision(2))}`;
}
