import type { WorkflowError } from "../errors.js";

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: WorkflowError) => void;
}

/** Callers that wait until the events that they sent are durable. */
export class Waiters {
  #waiters: Waiter[] = [];

  /** Adds a caller. The promise settles with the next `resolve` or `reject`. */
  add(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  /** Removes and returns all callers. */
  take(): Waiters {
    // Most turns have none.
    if (this.#waiters.length === 0) return NO_WAITERS;
    const taken = new Waiters();
    taken.#waiters = this.#waiters;
    this.#waiters = [];
    return taken;
  }

  /** Puts the callers of `earlier` before these. */
  prepend(earlier: Waiters): void {
    this.#waiters = [...earlier.take().#waiters, ...this.#waiters];
  }

  resolve(): void {
    for (const waiter of this.take().#waiters) waiter.resolve();
  }

  reject(error: WorkflowError): void {
    for (const waiter of this.take().#waiters) waiter.reject(error);
  }
}

/** Never receives a caller. */
const NO_WAITERS = new Waiters();
