interface Waiter {
  readonly key: string;
  enter(): void;
}

/** How many attempts of each agent a worker performs at once. The others wait, oldest first. */
export class Slots {
  readonly #limits: Readonly<Record<string, number>>;
  /** The attempts that have a slot, by agent. */
  readonly #holders = new Map<string, Set<string>>();
  readonly #waiters = new Map<string, Set<Waiter>>();

  /** An agent without a limit has slots for all of its attempts. */
  constructor(limits: Readonly<Record<string, number>> = {}) {
    this.#limits = limits;
  }

  /** How many attempts have a slot, by agent. */
  get used(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#holders].map(([agentId, { size }]) => [agentId, size]));
  }

  /**
   * Settles when the attempt has a slot, which it may have already. Rejects if `signal` aborts
   * before: the server has lost the attempt.
   */
  take(agentId: string, key: string, signal: AbortSignal): Promise<void> {
    const holders = this.#holdersOf(agentId);
    if (holders.has(key)) return Promise.resolve();
    const limit = this.#limits[agentId] ?? Number.POSITIVE_INFINITY;
    if (holders.size < limit) {
      holders.add(key);
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const waiters = this.#waiters.get(agentId) ?? new Set();
      this.#waiters.set(agentId, waiters);
      const waiter = { key, enter: resolve };
      waiters.add(waiter);
      signal.addEventListener(
        "abort",
        () => {
          if (waiters.delete(waiter)) reject(new Error("The server has lost this attempt."));
        },
        { once: true },
      );
    });
  }

  /** Frees the slot of an attempt, for the attempt that has waited longest. */
  free(agentId: string, key: string): void {
    const holders = this.#holdersOf(agentId);
    if (!holders.delete(key)) return;
    const waiters = this.#waiters.get(agentId) ?? new Set();
    for (const waiter of waiters) {
      waiters.delete(waiter);
      holders.add(waiter.key);
      waiter.enter();
      return;
    }
  }

  #holdersOf(agentId: string): Set<string> {
    const holders = this.#holders.get(agentId) ?? new Set();
    this.#holders.set(agentId, holders);
    return holders;
  }
}
