/**
 * A timer that is less late than this, in ms, is late because the event loop is busy. A later one
 * shows that the process could not act: it was stopped, or a call blocked it.
 */
const STOPPED_MS = 250;

/** How many stops are kept, the newest ones. No limit spans more of them. */
const MAX_STOPS = 1000;

/** A period in which this process could not act, as ms since the Unix epoch. */
interface Stop {
  readonly from: number;
  to: number;
}

/**
 * When this process could not act, as shown by the timers that fired late. Work in the process made
 * no progress in that time.
 */
export class StoppedTime {
  /** They do not overlap, and the newest comes last. */
  readonly #stops: Stop[] = [];

  /**
   * Notes that a timer that was due at `dueAt` fired at `now`. A stop that several timers show
   * counts once.
   */
  note(dueAt: number, now: number): void {
    if (now - dueAt < STOPPED_MS) return;
    const last = this.#stops.at(-1);
    if (last !== undefined && dueAt <= last.to) {
      last.to = now;
      return;
    }
    this.#stops.push({ from: dueAt, to: now });
    if (this.#stops.length > MAX_STOPS) this.#stops.shift();
  }

  /**
   * The stopped time after `at`, in ms. It leaves out what came before, even if a timer shows that
   * only later: the timers that are late after a stop fire one by one, and what they call may begin
   * work before the next one fires.
   */
  since(at: number): number {
    let totalMs = 0;
    for (let index = this.#stops.length - 1; index >= 0; index -= 1) {
      const { from, to } = this.#stops[index] as Stop;
      if (to <= at) break;
      totalMs += to - Math.max(from, at);
    }
    return totalMs;
  }
}
