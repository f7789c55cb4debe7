import type { SqliteTables } from "@automatosx/workflow/sqlite";

/** A write waiting for its transaction. */
interface Waiting {
  readonly action: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The maximum number of writes in one transaction. Further writes go into the next one. */
const MAX_BATCH = 256;

/**
 * Collects the writes of one turn of the event loop into one transaction, so that tasks that end
 * together wait for the disk only once. A write's promise resolves when the write is durable.
 */
export class WriteQueue {
  readonly #tables: SqliteTables;
  #waiting: Waiting[] = [];
  #flush: NodeJS.Immediate | undefined;

  constructor(tables: SqliteTables) {
    this.#tables = tables;
  }

  /** Queues a write. Its promise rejects with an error from its own action or from the database. */
  add(action: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ action, resolve, reject });
      this.#flush ??= setImmediate(() => this.flush());
    });
  }

  /** Writes everything in the queue immediately. */
  flush(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (let at = 0; at < waiting.length; at += MAX_BATCH)
      this.#write(waiting.slice(at, at + MAX_BATCH));
  }

  #write(batch: readonly Waiting[]): void {
    try {
      this.#tables.write(() => {
        for (const { action } of batch) action();
      });
    } catch (error) {
      const [only, ...others] = batch;
      if (only === undefined) return;
      if (others.length === 0) only.reject(error);
      // The batch was rolled back. Retry each write alone, so that only the failing one is
      // rejected.
      else for (const one of batch) this.#write([one]);
      return;
    }
    for (const { resolve } of batch) resolve();
  }
}
