import type { Clock } from "../ports.js";
import type { StoppedTime } from "./StoppedTime.js";

/**
 * How many turns of the event loop read everything that has arrived: the exit of a program and its
 * output in the first, the end of its streams in the second, and one to spare.
 */
const INPUT_TURNS = 3;

/**
 * How many times a deadline moves. This bounds an agent that blocks the process again and again:
 * its own work looks like stopped time.
 */
const MAX_MOVES = 3;

/**
 * If this much output of a program, in characters, was waiting for this process, the program was
 * waiting too: a pipe holds little more.
 */
const FULL_PIPE_CHARS = 65_536;

/** A rest of a limit below this, in ms, is only the inexactness of timers. */
const MIN_LEFT_MS = 50;

/**
 * Calls `action` after the input that has already arrived was read. A process that was stopped
 * fires its timers before it reads what arrived meanwhile, such as the exit of a program, so no
 * timeout may be decided before that.
 */
export function afterPendingInput(
  clock: Pick<Clock, "afterTurn">,
  action: () => void,
  turns = INPUT_TURNS,
): void {
  clock.afterTurn(() => {
    if (turns > 1) afterPendingInput(clock, action, turns - 1);
    else action();
  });
}

/**
 * Calls an action when a time limit has passed and everything that arrived within it was read. The
 * limit counts the time of the work that it limits: work in this process makes no progress while
 * the process is stopped; a program continues to work, unless it had to wait until its output was
 * read.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #stopped: StoppedTime;
  readonly #limitMs: number;
  readonly #action: () => void;
  #startedAt: number;
  #dueAt: number;
  #moveCount = 0;
  #isProgram = false;
  #hasWaited = false;
  #outputChars = 0;
  #isCancelled = false;
  #cancelTimer: () => void;

  /** The time begins now. `stopped` is when this process could not act. */
  constructor(clock: Clock, stopped: StoppedTime, limitMs: number, action: () => void) {
    this.#clock = clock;
    this.#stopped = stopped;
    this.#limitMs = limitMs;
    this.#action = action;
    this.#startedAt = clock.now();
    this.#dueAt = this.#startedAt + limitMs;
    this.#cancelTimer = clock.setTimer(limitMs, () => this.#fire());
  }

  /** A program begins now, which continues while this process is stopped. Its time starts again. */
  startProgram(): void {
    if (this.#isProgram) return;
    this.#isProgram = true;
    this.#startedAt = this.#clock.now();
  }

  /** Output of the work has arrived. */
  noteOutput(length: number): void {
    this.#outputChars += length;
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#cancelTimer();
  }

  #fire(): void {
    const now = this.#clock.now();
    this.#stopped.note(this.#dueAt, now);
    if (this.#moveIfTimeIsLeft()) return;
    const readChars = this.#outputChars;
    afterPendingInput(this.#clock, () => {
      if (this.#isCancelled) return;
      if (this.#outputChars - readChars >= FULL_PIPE_CHARS) this.#hasWaited = true;
      if (!this.#moveIfTimeIsLeft()) this.#action();
    });
  }

  /** Returns whether the deadline has moved. */
  #moveIfTimeIsLeft(): boolean {
    const now = this.#clock.now();
    const leftMs = this.#leftMs(now);
    if (leftMs < MIN_LEFT_MS || this.#moveCount >= MAX_MOVES) return false;
    this.#moveCount += 1;
    this.#dueAt = now + leftMs;
    this.#cancelTimer = this.#clock.setTimer(leftMs, () => this.#fire());
    return true;
  }

  #leftMs(now: number): number {
    const continued = this.#isProgram && !this.#hasWaited;
    const notCounted = continued ? 0 : this.#stopped.since(this.#startedAt);
    return this.#startedAt + this.#limitMs + notCounted - now;
  }
}
