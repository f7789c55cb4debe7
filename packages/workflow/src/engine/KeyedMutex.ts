/** Admits one action at a time for each key. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<void>>();

  /** Runs `action` once every earlier action of this key has settled. */
  async run<T>(key: string, action: () => Promise<T>): Promise<T> {
    // Not `settled`: another call could run between its end and the next line.
    for (let last = this.#last.get(key); last !== undefined; last = this.#last.get(key)) await last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(key, promise);
    try {
      return await action();
    } finally {
      this.#last.delete(key);
      resolve();
    }
  }

  /** Settles when no action of this key is running. */
  async settled(key: string): Promise<void> {
    for (let last = this.#last.get(key); last !== undefined; last = this.#last.get(key)) await last;
  }

  /** True while an action of this key is running. */
  has(key: string): boolean {
    return this.#last.has(key);
  }
}
