import type { Clock } from "@automatosx/workflow";

interface Timer {
  readonly dueAt: number;
  readonly order: number;
  readonly delayMs: number;
  readonly clock: EngineClock;
  readonly action: () => void;
  /** True if it may be one of the engine's polls. */
  readonly mayBeRoutine: boolean;
}

/**
 * The delays with which an engine polls for commands of other processes and writes the output of
 * programs, in ms. A timer with such a delay that sets itself again does nothing for a case, which
 * has no other process.
 */
const ROUTINE_DELAYS_MS: ReadonlySet<number> = new Set([100, 200]);

/**
 * The length of the leases in a case, in ms: no other process waits for them to end. Timers that
 * are due after a third of it renew them, or end what they would no longer cover, and never fire.
 */
export const LEASE_MS = 3e12;

/** How many turns of the event loop must pass without a scheduled action before all is settled. */
const QUIET_TURNS = 4;

/**
 * The time of one case, in ms since the epoch. `moveOn` moves it from one timer to the next, so
 * that days pass in an instant. Engines come and go on it, each with its own clock.
 */
export class VirtualTime {
  #now: number;
  #order = 0;
  #firing: Timer | undefined;
  #scheduledTurns = 0;
  readonly #timers = new Set<Timer>();

  constructor(startAt = 1_700_000_000_000) {
    this.#now = startAt;
  }

  get now(): number {
    return this.#now;
  }

  /** Returns the clock of a new engine. */
  clock(): EngineClock {
    return new EngineClock(this);
  }

  /** Sets a timer of an engine. Returns a function that cancels it. */
  set(clock: EngineClock, delayMs: number, action: () => void): () => void {
    const isOfLease = delayMs >= LEASE_MS / 3;
    if (isOfLease || this.#isRoutine(clock, delayMs)) return () => undefined;
    return this.#set(clock, delayMs, action, ROUTINE_DELAYS_MS.has(delayMs));
  }

  /** Sets a timer for the work of an agent. Returns a function that cancels it. */
  setWork(clock: EngineClock, delayMs: number, action: () => void): () => void {
    return this.#set(clock, delayMs, action, false);
  }

  #set(clock: EngineClock, delayMs: number, action: () => void, mayBeRoutine: boolean): () => void {
    this.#order += 1;
    const dueAt = this.#now + Math.max(0, delayMs);
    const timer = { dueAt, order: this.#order, delayMs, clock, action, mayBeRoutine };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Calls `action` at the end of the turn, unless the clock has stopped by then. */
  atTurnEnd(clock: EngineClock, action: () => void): void {
    this.#scheduledTurns += 1;
    setImmediate(() => {
      this.#scheduledTurns -= 1;
      if (!clock.hasStopped) action();
    });
  }

  /** Removes the timers of a clock that has stopped. */
  forget(clock: EngineClock): void {
    for (const timer of this.#timers) if (timer.clock === clock) this.#timers.delete(timer);
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let quietTurns = 0; quietTurns < QUIET_TURNS; ) {
      await new Promise((resolve) => setImmediate(resolve));
      quietTurns = this.#scheduledTurns > 0 ? 0 : quietTurns + 1;
    }
  }

  /** How long it is until the next timer that is not a poll, in ms. */
  untilNext(): number | undefined {
    const next = this.#next(({ mayBeRoutine }) => !mayBeRoutine);
    return next === undefined ? undefined : next.dueAt - this.#now;
  }

  /**
   * Moves to the next timer, and fires everything that is due at that instant. Returns false if no
   * timer is set.
   */
  moveOn(): boolean {
    const target = this.#next(() => true);
    if (target === undefined) return false;
    this.#now = Math.max(this.#now, target.dueAt);
    // A timer that is set meanwhile fires at the next call, after everything has settled.
    const last = this.#order;
    const isDue = ({ dueAt, order }: Timer): boolean => dueAt <= this.#now && order <= last;
    for (let due = this.#next(isDue); due !== undefined; due = this.#next(isDue)) this.#fire(due);
    return true;
  }

  /** Passes time in which nothing happens, because no engine is open. */
  pass(durationMs: number): void {
    this.#now += durationMs;
  }

  #fire(timer: Timer): void {
    this.#timers.delete(timer);
    this.#firing = timer;
    try {
      timer.action();
    } finally {
      this.#firing = undefined;
    }
  }

  #isRoutine(clock: EngineClock, delayMs: number): boolean {
    if (!ROUTINE_DELAYS_MS.has(delayMs)) return false;
    return this.#firing?.clock === clock && this.#firing.delayMs === delayMs;
  }

  #next(matches: (timer: Timer) => boolean): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (!matches(timer)) continue;
      if (
        next === undefined ||
        timer.dueAt < next.dueAt ||
        (timer.dueAt === next.dueAt && timer.order < next.order)
      )
        next = timer;
    }
    return next;
  }
}

/**
 * The clock of one engine. A stopped clock fires nothing, so that its engine can do nothing more.
 */
export class EngineClock implements Clock {
  readonly #time: VirtualTime;
  #hasStopped = false;

  constructor(time: VirtualTime) {
    this.#time = time;
  }

  get hasStopped(): boolean {
    return this.#hasStopped;
  }

  now(): number {
    return this.#time.now;
  }

  setTimer(delayMs: number, action: () => void): () => void {
    return this.#hasStopped ? () => undefined : this.#time.set(this, delayMs, action);
  }

  /** Like `setTimer`, for the work of an agent, which is never a poll. */
  setWork(delayMs: number, action: () => void): () => void {
    return this.#hasStopped ? () => undefined : this.#time.setWork(this, delayMs, action);
  }

  afterTurn(action: () => void): void {
    if (!this.#hasStopped) this.#time.atTurnEnd(this, action);
  }

  /** Stops the clock, and with it the engine. */
  stop(): void {
    this.#hasStopped = true;
    this.#time.forget(this);
  }
}
