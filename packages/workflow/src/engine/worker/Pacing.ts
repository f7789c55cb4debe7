import type { EnginePorts } from "../../ports.js";
import type { StoragePort } from "../../storage/StoragePort.js";

/** How often to look for runs by default, in ms. */
const POLL_MS = 1000;

/** How often to ask a storage that cannot tell whether another connection has written, in ms. */
const WATCH_MS = 100;

/**
 * Within how many ms the workers of a database react to a change, and the pause between two claims
 * of a worker that is nearly full. Each worker takes a random part of it.
 */
const SPREAD_MS = 50;

/** The longest wait while the database cannot be read, in ms. */
const MOST_BACK_OFF_MS = 30_000;

/** When a worker looks for runs. Time and chance come from the ports of its engine. */
export class Pacing {
  readonly #storage: StoragePort;
  readonly #ports: EnginePorts;
  readonly #pollMs: number;
  readonly #unsubscribe: () => void;
  #dataVersion: number | undefined;
  #failures = 0;
  #isStopped = false;
  /** True if there was a change since the last look. */
  #hasChanged = false;
  #onChange: () => void = () => undefined;
  #onStop: () => void = () => undefined;

  constructor(
    { storage, ports }: { readonly storage: StoragePort; readonly ports: EnginePorts },
    pollMs = POLL_MS,
  ) {
    this.#storage = storage;
    this.#ports = ports;
    this.#pollMs = pollMs;
    this.#unsubscribe = storage.onChange?.(() => this.wake()) ?? this.#watch();
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Ends the wait for the next look soon. */
  wake(): void {
    this.#hasChanged = true;
    this.#onChange();
  }

  /** Ends every wait. */
  stop(): void {
    this.#isStopped = true;
    this.#unsubscribe();
    this.#onStop();
  }

  /** Waits until there is a change, or until it is time to look again. */
  async untilNext(): Promise<void> {
    this.#failures = 0;
    if (!this.#hasChanged) await this.#wait(this.#pollMs * (0.5 + this.#ports.chance.next()), true);
    if (this.#hasChanged) await this.#wait(SPREAD_MS * this.#ports.chance.next());
    this.#hasChanged = false;
  }

  /** Waits longer with each failure in a row. */
  async backOff(): Promise<void> {
    this.#failures += 1;
    const delayMs = Math.min(MOST_BACK_OFF_MS, this.#pollMs * 2 ** this.#failures);
    await this.#wait(delayMs * (0.5 + this.#ports.chance.next()));
    this.#hasChanged = false;
  }

  /** Waits after a claim, so that emptier workers come first. `fill` is the share of used slots. */
  async pause(fill: number): Promise<void> {
    await this.#wait(2 * SPREAD_MS * fill * this.#ports.chance.next());
  }

  #wait(delayMs: number, endsWithChange = false): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#onChange = this.#onStop = () => undefined;
        resolve();
      };
      const cancel = this.#ports.clock.setTimer(delayMs, end);
      this.#onStop = end;
      if (endsWithChange) this.#onChange = end;
    });
  }

  // Returns the function that ends it.
  #watch(): () => void {
    let cancel = (): void => undefined;
    const arm = (): void => {
      cancel = this.#ports.clock.setTimer(WATCH_MS, () => {
        arm();
        if (this.#hasBeenWritten()) this.wake();
      });
    };
    arm();
    return () => cancel();
  }

  #hasBeenWritten(): boolean {
    try {
      const before = this.#dataVersion;
      this.#dataVersion = this.#storage.dataVersion();
      return before !== undefined && before !== this.#dataVersion;
    } catch {
      // The next look reports it.
      return false;
    }
  }
}
