import type { Clock } from "../ports.js";
import { Deadline } from "./Deadline.js";
import type { StoppedTime } from "./StoppedTime.js";

/** Calls an action when work has written nothing for the length of the limit. */
export class IdleLimit {
  readonly #clock: Clock;
  readonly #stopped: StoppedTime;
  readonly #limitMs: number;
  readonly #action: () => void;
  #quietSince: number;
  #isProgram = false;
  #deadline: Deadline;

  /** Starts the period of silence now. `stopped` is when this process could not act. */
  constructor(clock: Clock, stopped: StoppedTime, limitMs: number, action: () => void) {
    this.#clock = clock;
    this.#stopped = stopped;
    this.#limitMs = limitMs;
    this.#action = action;
    this.#quietSince = clock.now();
    this.#deadline = this.#arm(limitMs);
  }

  /** Notes that the work has written something. */
  noteOutput(length: number): void {
    this.#startSilence();
    this.#deadline.noteOutput(length);
  }

  /** Notes that a program begins, which continues while this process is stopped. */
  startProgram(): void {
    this.#isProgram = true;
    this.#startSilence();
    this.#deadline.startProgram();
  }

  cancel(): void {
    this.#deadline.cancel();
  }

  #startSilence(): void {
    this.#quietSince = this.#clock.now();
  }

  #arm(limitMs: number): Deadline {
    const deadline = new Deadline(this.#clock, this.#stopped, limitMs, () => this.#fire());
    if (this.#isProgram) deadline.startProgram();
    return deadline;
  }

  // One timer for all pieces of output: an agent may write thousands of them.
  #fire(): void {
    // Work in this process makes no progress while the process is stopped.
    const notCounted = this.#isProgram ? 0 : this.#stopped.since(this.#quietSince);
    const leftMs = this.#quietSince + this.#limitMs + notCounted - this.#clock.now();
    if (leftMs > 0) this.#deadline = this.#arm(leftMs);
    else this.#action();
  }
}
