import type { JournalEntry } from "@automatosx/schemas";

/**
 * What is kept of an entry until it is needed. Whole entries, 10,000 of them, would be copied by the garbage collector.
 */
export type CompletedAttempt = Pick<JournalEntry, "seq" | "payload"> & {
  readonly stepId: string;
  readonly attemptNumber: number;
};

/** The completed attempts of a part of a journal, whose results checkpoints leave out. */
export class CompletedAttempts {
  readonly #attempts: CompletedAttempt[] = [];
  #positions: Map<string, number> | undefined;
  #next = 0;

  /** Adds the attempt of a `step_completed` entry. */
  add({ seq, stepId = "", attemptNumber = 0, payload }: JournalEntry): void {
    this.#attempts.push({ seq, stepId, attemptNumber, payload });
  }

  /**
   * Finds an attempt. The next one in the journal's order is found without an index: a chain of checkpoints asks in that
   * order, so that no map of 10,000 steps is built.
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
