import { amount } from "../checks/option-checks.js";
import type { Clock } from "../ports.js";

interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly action: () => void;
}

/**
 * A clock that moves only when a test advances it. Timers fire in the order in which they are due;
 * timers due at the same instant fire in the order in which they were set. `afterTurn` waits for
 * the real end of the turn: only time is simulated.
 */
export class SimulatedClock implements Clock {
  #now: number;
  #order = 0;
  #stoodStill = false;
  readonly #timers = new Set<Timer>();

  /** `startAt`: the first instant, in ms since the epoch. */
  constructor(startAt = 1_700_000_000_000) {
    amount(0)(startAt, "startAt");
    this.#now = startAt;
  }

  /** The current instant, in ms since the epoch. */
  now(): number {
    return this.#now;
  }

  /** Calls `action` when `delayMs` have passed. The returned function cancels the timer. */
  setTimer(delayMs: number, action: () => void): () => void {
    this.#order += 1;
    const timer = { dueAt: this.#now + Math.max(0, delayMs), order: this.#order, action };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Calls `action` at the real end of this turn of the event loop. */
  afterTurn(action: () => void): void {
    setImmediate(action);
  }

  /** The number of timers that are set. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /**
   * Fires every timer that is due within `durationMs`. Promises settle and turns end between
   * timers.
   */
  async advance(durationMs: number): Promise<void> {
    amount(0)(durationMs, "durationMs");
    const until = this.#now + durationMs;
    if (!this.#stoodStill || this.#earliest(this.#now) === undefined) await this.settle();
    this.#stoodStill = false;
    for (let next = this.#earliest(until); next !== undefined; next = this.#earliest(until)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.dueAt);
      next.action();
      await this.settle();
    }
    this.#now = until;
  }

  /**
   * Passes time in which nothing happens, as when the process is stopped: timers that become due
   * fire late, at the next `advance`, and before anything that arrived meanwhile is read.
   */
  standStill(durationMs: number): void {
    this.#now += durationMs;
    this.#stoodStill = true;
  }

  /** Advances until `promise` has settled, for at most `limitMs` of simulated time. */
  async advanceUntil<T>(promise: Promise<T>, limitMs = 86_400_000): Promise<T> {
    let isSettled = false;
    const settled = (): void => {
      isSettled = true;
    };
    promise.then(settled, settled);
    const until = this.#now + limitMs;
    if (!this.#stoodStill) await this.settle();
    while (!isSettled) {
      const next = this.#earliest(until);
      if (next === undefined)
        throw new Error(`The promise has not settled, and no timer is due within ${limitMs} ms.`);
      await this.advance(Math.max(0, next.dueAt - this.#now));
    }
    return promise;
  }

  /** Lets promises settle, turns end and commits be written, without advancing the time. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 6; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }

  #earliest(until: number): Timer | undefined {
    let earliest: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueAt > until) continue;
      if (
        earliest === undefined ||
        timer.dueAt < earliest.dueAt ||
        (timer.dueAt === earliest.dueAt && timer.order < earliest.order)
      )
        earliest = timer;
    }
    return earliest;
  }
}
