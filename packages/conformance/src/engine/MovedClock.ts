import type { Clock } from "@automatosx/workflow";

/** A clock that can be moved forward: what is due then happens. */
export class MovedClock implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<MovedTimer>();
  #aheadMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.#aheadMs;
  }

  setTimer(
    delayMs: number,
    action: () => void,
    options?: { readonly keepsAlive?: boolean },
  ): () => void {
    const timer: MovedTimer = {
      dueAt: this.now() + delayMs,
      arm: () => {
        timer.cancel();
        timer.cancel = this.#clock.setTimer(
          Math.max(0, timer.dueAt - this.now()),
          () => {
            this.#timers.delete(timer);
            action();
          },
          options,
        );
      },
      cancel: () => undefined,
    };
    this.#timers.add(timer);
    timer.arm();
    return () => {
      this.#timers.delete(timer);
      timer.cancel();
    };
  }

  afterTurn(action: () => void): void {
    this.#clock.afterTurn(action);
  }

  /** Moves the clock forward, in ms. */
  move(durationMs: number): void {
    this.#aheadMs += durationMs;
    for (const timer of this.#timers) timer.arm();
  }
}

interface MovedTimer {
  readonly dueAt: number;
  readonly arm: () => void;
  cancel: () => void;
}
