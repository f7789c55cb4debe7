import type { ActiveRun } from "./ActiveRun.js";
import { KeyedMutex } from "./KeyedMutex.js";

/**
 * The runs that are active in this engine, the agents that are still stopping, and the callers that
 * wait for a change.
 */
export class ActiveRuns implements Iterable<ActiveRun> {
  readonly #runs = new Map<string, ActiveRun>();
  readonly #watchers = new Map<string, Set<() => void>>();
  /**
   * Agents that have not settled although their run is no longer active, with the id of the run.
   */
  readonly #stopping = new Map<Promise<unknown>, string>();
  readonly #claims = new KeyedMutex();

  get size(): number {
    return this.#runs.size;
  }

  /** The attempts of all active runs whose agents have not yet settled. */
  get attemptCount(): number {
    let count = 0;
    for (const run of this.#runs.values()) count += run.attempts.size;
    return count;
  }

  ids(): IterableIterator<string> {
    return this.#runs.keys();
  }

  [Symbol.iterator](): IterableIterator<ActiveRun> {
    return this.#runs.values();
  }

  has(runId: string): boolean {
    return this.#runs.has(runId);
  }

  /** True while the run is active or being claimed, or one of its agents is still stopping. */
  worksOn(runId: string): boolean {
    return this.has(runId) || this.isClaimed(runId) || [...this.#stopping.values()].includes(runId);
  }

  get(runId: string): ActiveRun | undefined {
    return this.#runs.get(runId);
  }

  /**
   * True while the beginning of the run is not durable: another engine may still turn out to have
   * started a run with this id first, which is then not active here.
   */
  isBeginning(runId: string): boolean {
    return this.#runs.get(runId)?.isStored === false;
  }

  /** The run with this id, unless it is beginning. */
  begun(runId: string): ActiveRun | undefined {
    return this.isBeginning(runId) ? undefined : this.#runs.get(runId);
  }

  /** Settles when the run is not beginning. */
  async whenBegun(runId: string): Promise<void> {
    // The caller that starts the run gets the error.
    while (this.isBeginning(runId))
      await this.#runs
        .get(runId)
        ?.durable()
        .catch(() => undefined);
  }

  add(run: ActiveRun): void {
    this.#runs.set(run.runId, run);
  }

  /**
   * Removes a run that is no longer active, and keeps track of its agents that have not settled.
   */
  remove(run: ActiveRun): void {
    if (this.#runs.get(run.runId) === run) this.#runs.delete(run.runId);
    if (run.attempts.size === 0) return;
    const settled = [...run.attempts.values()].map((attempt) => attempt.settled);
    const stopped = Promise.all(settled).finally(() => this.#stopping.delete(stopped));
    this.#stopping.set(stopped, run.runId);
  }

  /**
   * Settles when no agent of this removed run is still stopping; without an id, of any removed run.
   */
  async whenStopped(runId?: string): Promise<void> {
    const stopping = [...this.#stopping].filter(([, id]) => runId === undefined || id === runId);
    await Promise.all(stopping.map(([stopped]) => stopped));
  }

  /** Settles at the next call of `changed` for the run; immediately if the run is not active. */
  whenChanged(runId: string): Promise<void> {
    if (!this.#runs.has(runId)) return Promise.resolve();
    return new Promise((resolve) => {
      const watchers = this.#watchers.get(runId) ?? new Set();
      this.#watchers.set(runId, watchers.add(resolve));
    });
  }

  /** Wakes the callers that wait for a change of the run. */
  changed(runId: string): void {
    const watchers = this.#watchers.get(runId);
    if (watchers === undefined) return;
    this.#watchers.delete(runId);
    for (const wake of watchers) wake();
  }

  /** Runs `action` while nothing else in this engine claims the run. */
  exclusively<T>(runId: string, action: () => Promise<T>): Promise<T> {
    return this.#claims.run(runId, action);
  }

  /** True while an exclusive action on the run is in progress. */
  isClaimed(runId: string): boolean {
    return this.#claims.has(runId);
  }

  /** Settles when no exclusive action on the run is in progress. */
  whenUnclaimed(runId: string): Promise<void> {
    return this.#claims.settled(runId);
  }
}
