/** Lets one action after another have a thing, each thing by its id. */
export class KeyedMutex {
  readonly #last = new Map<string, Promise<void>>();

  async run<T>(id: string, action: () => Promise<T>): Promise<T> {
    // Not `settled`: between its end and the next line another call could come first.
    for (let last = this.#last.get(id); last !== undefined; last = this.#last.get(id)) await last;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(id, promise);
    try {
      return await action();
    } finally {
      this.#last.delete(id);
      resolve();
    }
  }

  /** Settles when no action has the thing. */
  async settled(id: string): Promise<void> {
    for (let last = this.#last.get(id); last !== undefined; last = this.#last.get(id)) await last;
  }

  has(id: string): boolean {
    return this.#last.has(id);
  }
}
