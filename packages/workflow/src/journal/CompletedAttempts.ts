import type { JournalEntry } from "@automatosx/schemas";

/**
 * The part of a `step_completed` or `step_answered` entry to keep until its result is needed.
 * Keeping 10,000 full entries would make the garbage collector copy them.
 */
export type CompletedAttempt = Pick<JournalEntry, "seq" | "payload"> & {
  readonly stepId: string;
  readonly attemptNumber: number;
};

/** The completed attempts in a section of a journal. Checkpoints omit their results. */
export class CompletedAttempts {
  readonly #attempts: CompletedAttempt[] = [];
  #positions: Map<string, number> | undefined;
  #next = 0;

  /** Adds the attempt of a `step_completed` or `step_answered` entry. */
  add({ seq, stepId = "", attemptNumber = 0, payload }: JournalEntry): void {
    this.#attempts.push({ seq, stepId, attemptNumber, payload });
  }

  /**
   * Finds an attempt. For lookups in journal order, as in a chain of checkpoints, no index is
   * needed, so none is built for 10,000 steps.
   */
  find(stepId: string, attemptNumber: number): CompletedAttempt | undefined {
    const next = this.#attempts[this.#next];
    const isNext = next?.stepId === stepId && next.attemptNumber === attemptNumber;
    this.#positions ??= isNext
      ? undefined
      : new Map(
          this.#attempts.map((attempt, index) => [
            keyOf(attempt.stepId, attempt.attemptNumber),
            index,
          ]),
        );
    const position = isNext ? this.#next : this.#positions?.get(keyOf(stepId, attemptNumber));
    if (position === undefined) return undefined;
    this.#next = position + 1;
    return this.#attempts[position];
  }
}

function keyOf(stepId: string, attemptNumber: number): string {
  return `${attemptNumber} ${stepId}`;
}
