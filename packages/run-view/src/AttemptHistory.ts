import { Context, Machine, type StepInfo } from "@automatosx/rescript-core";
import type { StepAttempt } from "@automatosx/schemas";
import type { AcceptedEvent } from "./project-events.js";

/**
 * The attempts that the machine no longer knows: it keeps the latest attempt of each step. Most steps succeed at their
 * first, so that the history costs what fails, not what runs.
 */
export class AttemptHistory {
  readonly #earlier = new Map<string, StepAttempt[]>();

  /** Keeps what the machine forgets with this event. */
  record({ runId, at, event, before }: AcceptedEvent): void {
    if (event.type === "step_failed") {
      const { stepId, attemptNumber, error, reason } = event;
      this.#add({
        runId,
        stepId,
        attemptNumber,
        status: reason === "interrupted" ? "interrupted" : "failed",
        startedAt: Context.step(Machine.context(before), stepId)?.startedAt ?? at,
        finishedAt: at,
        error,
      });
    }
    if (event.type === "restore_checkpoint")
      for (const step of Context.steps(Machine.context(before))) {
        const latest = latestOf(runId, step);
        // Its outcome will be refused as that of an older attempt.
        if (latest !== undefined)
          this.#add(latest.status === "running" ? { ...latest, status: "interrupted" } : latest);
      }
  }

  /** Every attempt at a step, in order: the recorded ones, then the one that the machine knows. */
  of(runId: string, step: StepInfo): readonly StepAttempt[] {
    const earlier = this.#earlier.get(step.id) ?? [];
    const latest = latestOf(runId, step);
    return latest === undefined || has(earlier, latest) ? [...earlier] : [...earlier, latest];
  }

  #add(attempt: StepAttempt): void {
    const earlier = this.#earlier.get(attempt.stepId) ?? [];
    if (!has(earlier, attempt)) this.#earlier.set(attempt.stepId, [...earlier, attempt]);
  }
}

function has(attempts: readonly StepAttempt[], { attemptNumber }: StepAttempt): boolean {
  return attempts.some((attempt) => attempt.attemptNumber === attemptNumber);
}

// A failed attempt has been recorded with its event, so that what is left is an attempt that runs, that completed, or
// that the run's cancellation cut off.
function latestOf(runId: string, step: StepInfo): StepAttempt | undefined {
  const { id: stepId, status, attemptNumber, startedAt, finishedAt } = step;
  if (startedAt === undefined) return undefined;
  const attempt = { runId, stepId, attemptNumber, startedAt };
  switch (status) {
    case "running":
      return { ...attempt, status };
    case "completed":
      return { ...attempt, status, finishedAt: finishedAt ?? startedAt };
    case "cancelled":
      return { ...attempt, status: "interrupted" };
    default:
      return undefined;
  }
}
