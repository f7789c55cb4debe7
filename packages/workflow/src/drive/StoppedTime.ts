/**
 * A timer that is less late than this, in ms, is late because the event loop is busy. A later one
 * shows that the process could not act: it was stopped, or a call blocked it.
 */
const STOPPED_MS = 250;

/**
 * How long this process could not act, as shown by the timers that fired late. Work in the process
 * made no progress in that time.
 */
export class StoppedTime {
  #totalMs = 0;
  #notedAt = Number.NEGATIVE_INFINITY;

  /** The stopped time so far, in ms. */
  get totalMs(): number {
    return this.#totalMs;
  }

  /**
   * Notes that a timer that was due at `dueAt` fired at `now`. A stop that several timers show
   * counts once.
   */
  note(dueAt: number, now: number): void {
    if (now - dueAt < STOPPED_MS) return;
    this.#totalMs += now - Math.max(this.#notedAt, dueAt);
    this.#notedAt = now;
  }
}
