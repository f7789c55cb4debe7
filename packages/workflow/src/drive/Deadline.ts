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

/** A time limit. */
export interface TimeLimit {
  readonly clock: Clock;
  readonly limitMs: number;
  /** How long this process could not act. */
  readonly stopped: StoppedTime;
}

/**
 * Calls an action when a time limit has passed and everything that arrived within it was read. The
 * limit counts the time of the work that it limits: work in this process makes no progress while
 * the process is stopped; a program continues to work, unless it had to wait until its output was read.
 */
export class Deadline {
  readonly #limit: TimeLimit;
  readonly #action: () => void;
  readonly #stoppedBeforeMs: number;
  #startedAt: number;
  #dueAt: number;
  #moveCount = 0;
  #isProgram = false;
  #hasWaited = false;
  #outputChars = 0;
  #isCancelled = false;
  #cancelTimer: () => void;

  /** The time begins now. */
  constructor(limit: TimeLimit, action: () => void) {
    this.#limit = limit;
    this.#action = action;
    this.#stoppedBeforeMs = limit.stopped.totalMs;
    this.#startedAt = limit.clock.now();
    this.#dueAt = this.#startedAt + limit.limitMs;
    this.#cancelTimer = limit.clock.setTimer(limit.limitMs, () => this.#fire());
  }

  /** A program that works on its own begins now: its time counts from here. */
  startProgram(): void {
    if (this.#isProgram) return;
    this.#isProgram = true;
    this.#startedAt = this.#limit.clock.now();
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
    const { clock, stopped } = this.#limit;
    const now = clock.now();
    stopped.note(this.#dueAt, now);
    if (this.#moves()) return;
    const readChars = this.#outputChars;
    afterPendingInput(clock, () => {
      if (this.#isCancelled) return;
      if (this.#outputChars - readChars >= FULL_PIPE_CHARS) this.#hasWaited = true;
      if (!this.#moves()) this.#action();
    });
  }

  // Whether time is left, so that the deadline moves.
  #moves(): boolean {
    const { clock } = this.#limit;
    const now = clock.now();
    const leftMs = this.#leftMs(now);
    if (leftMs < MIN_LEFT_MS || this.#moveCount >= MAX_MOVES) return false;
    this.#moveCount += 1;
    this.#dueAt = now + leftMs;
    this.#cancelTimer = clock.setTimer(leftMs, () => this.#fire());
    return true;
  }

  #leftMs(now: number): number {
    const { limitMs, stopped } = this.#limit;
    const worksOn = this.#isProgram && !this.#hasWaited;
    const notCounted = worksOn ? 0 : stopped.totalMs - this.#stoppedBeforeMs;
    return this.#startedAt + limitMs + notCounted - now;
  }
}
