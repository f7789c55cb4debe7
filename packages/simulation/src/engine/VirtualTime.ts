import type { Clock } from "@automatosx/workflow";
import type { SeededRandom } from "../SeededRandom.js";

/** An action that is due at an instant. Everything in the simulation happens as such an action. */
interface Due {
  readonly at: number;
  readonly order: number;
  readonly of: ProcessClock | undefined;
  /** True for a poll, which may be late. */
  readonly isPoll: boolean;
  readonly action: () => void;
}

/** The intervals at which an engine polls, in ms. Late polls are allowed and save most work. */
const POLL_INTERVALS_MS = new Set([25, 100]);

/** How late a poll may be, in ms: a lease of 30 s is renewed at the first poll after 10 s. */
const MAX_POLL_DELAY_MS = 15_000;

/**
 * After this many consecutive advances that lead only to polls, nothing but polls will ever happen.
 */
const MAX_VAIN_POLLS = 100;

/** The time of a world, in ms. It advances only when no action is left at the current instant. */
export class VirtualTime {
  now: number;
  readonly #due = new Set<Due>();
  #vainPolls = 0;
  #order = 0;

  constructor(startAt: number) {
    this.now = startAt;
  }

  /** Performs `action` once, `afterMs` from now or later. Returns a function that cancels it. */
  after(afterMs: number, action: () => void, of?: ProcessClock): () => void {
    this.#order += 1;
    const due = {
      at: this.now + Math.max(0, afterMs),
      order: this.#order,
      of,
      isPoll: of !== undefined && POLL_INTERVALS_MS.has(afterMs),
      action,
    };
    this.#due.add(due);
    return () => void this.#due.delete(due);
  }

  /**
   * Performs one of the actions that are due, chosen at random, and returns its kind; undefined if
   * none is due. A process's timers keep their order, and so do the ends of its turns; all other
   * orders are possible.
   */
  step(random: SeededRandom, clocks: readonly ProcessClock[]): "happened" | "polled" | undefined {
    const choices: (() => "happened" | "polled")[] = [];
    for (const clock of clocks)
      if (clock.isRunning && clock.hasTurnEnds) choices.push(() => this.#endTurn(clock));
    const first = new Map<ProcessClock, Due>();
    for (const due of this.#due) {
      if (due.at > this.now) continue;
      if (due.of === undefined) choices.push(() => this.#do(due));
      else if (due.of.isRunning && isBefore(due, first.get(due.of))) first.set(due.of, due);
    }
    for (const due of first.values()) choices.push(() => this.#do(due));
    return choices.length === 0 ? undefined : random.pick(choices)();
  }

  /** Advances to the next instant at which an action is due; returns false if none ever will be. */
  advance(random: SeededRandom): boolean {
    let next = Number.POSITIVE_INFINITY;
    let poll = Number.POSITIVE_INFINITY;
    for (const due of this.#due) {
      if (due.of !== undefined && !due.of.isRunning) continue;
      if (due.isPoll) poll = Math.min(poll, due.at);
      else next = Math.min(next, due.at);
    }
    this.#vainPolls = next === Number.POSITIVE_INFINITY ? this.#vainPolls + 1 : 0;
    const lateMs = random.between(0, random.chance(0.5) ? 100 : MAX_POLL_DELAY_MS);
    const until = Math.min(next, poll + lateMs);
    if (until === Number.POSITIVE_INFINITY || this.#vainPolls > MAX_VAIN_POLLS) return false;
    this.now = Math.max(this.now, until);
    return true;
  }

  /** True if a timer of this process is due but has not fired yet. */
  isOverdue(clock: ProcessClock): boolean {
    for (const due of this.#due)
      if (due.of === clock && !due.isPoll && due.at <= this.now) return true;
    return false;
  }

  /** Cancels every timer of a dead process. */
  forget(clock: ProcessClock): void {
    for (const due of this.#due) if (due.of === clock) this.#due.delete(due);
  }

  #do(due: Due): "happened" | "polled" {
    this.#due.delete(due);
    due.action();
    return due.isPoll ? "polled" : "happened";
  }

  #endTurn(clock: ProcessClock): "happened" {
    clock.endTurn();
    return "happened";
  }
}

function isBefore(due: Due, other: Due | undefined): boolean {
  return (
    other === undefined || due.at < other.at || (due.at === other.at && due.order < other.order)
  );
}

/**
 * The clock of one simulated process: offset from the true time, and stopped while it is frozen.
 */
export class ProcessClock implements Clock {
  isRunning = true;
  readonly #time: VirtualTime;
  #skewMs: number;
  readonly #turnEnds: (() => void)[] = [];

  constructor(time: VirtualTime, skewMs: number) {
    this.#time = time;
    this.#skewMs = skewMs;
  }

  now(): number {
    return this.#time.now + this.#skewMs;
  }

  /** Sets the wall clock forward; timers are not affected. */
  jump(byMs: number): void {
    this.#skewMs += byMs;
  }

  setTimer(delayMs: number, action: () => void): () => void {
    return this.#time.after(delayMs, action, this);
  }

  afterTurn(action: () => void): void {
    this.#turnEnds.push(action);
  }

  get hasTurnEnds(): boolean {
    return this.#turnEnds.length > 0;
  }

  endTurn(): void {
    this.#turnEnds.shift()?.();
  }

  /** Stops the clock and all timers of a process that dies. */
  kill(): void {
    this.isRunning = false;
    this.#turnEnds.length = 0;
    this.#time.forget(this);
  }
}
