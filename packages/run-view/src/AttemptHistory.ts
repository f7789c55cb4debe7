import { RunQueries, type StepInfo } from "@automatosx/rescript-core";
import type { StepAttempt } from "@automatosx/schemas";
import type { AcceptedEvent } from "./AcceptedEvent.js";
import { isReplant } from "./replant-changes.js";

/**
 * Earlier attempts, which the machine discards because it keeps only the latest attempt of each
 * step. Most steps succeed on their first attempt, so the history uses memory only for failures.
 */
export class AttemptHistory {
  readonly #earlier = new Map<string, StepAttempt[]>();

  /** Records the attempts that this event ends or makes the machine discard. */
  record({ runId, at, event, before, after }: AcceptedEvent): void {
    if (event.type === "step_failed") {
      const { stepId, attemptNumber, error, reason } = event;
      this.#add({
        runId,
        stepId,
        attemptNumber,
        status: reason === "interrupted" ? "interrupted" : "failed",
        startedAt: RunQueries.step(before, stepId)?.startedAt ?? at,
        finishedAt: at,
        error,
      });
    }
    if (event.type === "step_completed" || event.type === "step_answered")
      this.#recordRefusal({ runId, at, before, after }, event.stepId);
    if (event.type === "restore_checkpoint" || isReplant(event))
      for (const step of RunQueries.steps(before)) {
        const latest = latestOf(runId, step);
        if (latest === undefined || isSame(RunQueries.step(after, step.id), step)) continue;
        // The machine will refuse the outcome of an attempt that is still running.
        this.#add(latest.status === "running" ? { ...latest, status: "interrupted" } : latest);
      }
  }

  /** Records the attempt whose answer a check has refused in this event. */
  #recordRefusal(
    { runId, at, before, after }: Pick<AcceptedEvent, "runId" | "at" | "before" | "after">,
    eventStepId: string,
  ): void {
    const stepId = eventStepId.replace(/:check-\d+$/, "");
    const step = RunQueries.step(after, stepId);
    if (step?.check === undefined || step.status === "completed" || step.status === "open") return;
    const { startedAt, attemptNumber } = RunQueries.step(before, stepId) ?? {};
    if (attemptNumber === undefined || attemptNumber !== step.attemptNumber) return;
    this.#add({
      ...{ runId, stepId, attemptNumber, status: "failed" },
      ...{ startedAt: startedAt ?? at, finishedAt: at },
      error: step.error ?? "",
    });
  }

  /** Returns a history with the same attempts, which is then independent of this one. */
  copy(): AttemptHistory {
    const copy = new AttemptHistory();
    for (const [stepId, attempts] of this.#earlier) copy.#earlier.set(stepId, [...attempts]);
    return copy;
  }

  /** Every attempt at a step, in order: the recorded attempts, then the machine's latest one. */
  of(runId: string, step: StepInfo): readonly StepAttempt[] {
    const earlier = this.#earlier.get(step.id) ?? [];
    const latest = latestOf(runId, step);
    return latest === undefined || has(earlier, latest) ? [...earlier] : [...earlier, latest];
  }

  #add(attempt: StepAttempt): void {
    const earlier = this.#earlier.get(attempt.stepId);
    if (earlier === undefined) this.#earlier.set(attempt.stepId, [attempt]);
    else if (!has(earlier, attempt)) earlier.push(attempt);
  }
}

function isSame(now: StepInfo | undefined, step: StepInfo): boolean {
  return now?.attemptNumber === step.attemptNumber && now.status === step.status;
}

function has(attempts: readonly StepAttempt[], { attemptNumber }: StepAttempt): boolean {
  return attempts.some((attempt) => attempt.attemptNumber === attemptNumber);
}

// A failed attempt was already recorded with its event. The latest attempt is otherwise running,
// completed, or cut off by the end of the run.
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
