import type { SqliteTables } from "@automatosx/workflow/sqlite";

interface Waiting {
  readonly action: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Writes in one transaction; what is more waits for the next. */
const MAX_BATCH = 256;

/**
 * Everything that is to be written in one turn of the event loop becomes one transaction: the disk is waited for once,
 * however many tasks end at the same time. A promise is kept when its write is on disk.
 */
export class WriteQueue {
  readonly #tables: SqliteTables;
  #waiting: Waiting[] = [];
  #flush: NodeJS.Immediate | undefined;

  constructor(tables: SqliteTables) {
    this.#tables = tables;
  }

  add(action: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ action, resolve, reject });
      this.#flush ??= setImmediate(() => this.flush());
    });
  }

  /** Writes at once what waits. */
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
      // Nothing of the batch was kept; one that fails must not take the others with it.
      else for (const one of batch) this.#write([one]);
      return;
    }
    for (const { resolve } of batch) resolve();
  }
}
