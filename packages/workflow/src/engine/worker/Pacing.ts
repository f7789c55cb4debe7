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

/**
 * The time between two looks for which other engines are the reason, in ms. Their commits are
 * frequent, and hardly any of them leaves a run to claim.
 */
const FLOOR_MS = 200;

/** The longest wait while the database cannot be read, in ms. */
const MOST_BACK_OFF_MS = 5000;

/** When a worker looks for runs. Time and chance come from the ports of its engine. */
export class Pacing {
  readonly #storage: StoragePort;
  readonly #ports: EnginePorts;
  readonly #pollMs: number;
  readonly #unsubscribe: () => void;
  #dataVersion: number | undefined;
  #failures = 0;
  #isStopped = false;
  /** What happened since the last look: in this engine, or in the database. */
  #news: "own" | "database" | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #onNews: () => void = () => undefined;
  #onStop: () => void = () => undefined;

  constructor(
    { storage, ports }: { readonly storage: StoragePort; readonly ports: EnginePorts },
    pollMs = POLL_MS,
  ) {
    this.#storage = storage;
    this.#ports = ports;
    this.#pollMs = pollMs;
    const changed = (mayBeClaimable = true): void => {
      if (mayBeClaimable) this.#tell("database");
    };
    this.#unsubscribe = storage.onChange?.(changed) ?? this.#watch(changed);
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Ends the wait for the next look: a slot is free, or a run was queued in this process. */
  wake(): void {
    this.#tell("own");
  }

  #tell(news: "own" | "database"): void {
    if (this.#news !== "own") this.#news = news;
    this.#onNews();
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
    const { chance, clock } = this.#ports;
    this.#lookedAt = clock.now();
    const pollMs = this.#pollMs * (0.5 + chance.next() / 2);
    if (this.#news === undefined) await this.#wait(pollMs, "news");
    const leastMs = this.#lookedAt + FLOOR_MS * (0.5 + chance.next()) - clock.now();
    if (this.#news === "database" && leastMs > 0) await this.#wait(leastMs, "own news");
    if (this.#news !== undefined) await this.#wait(SPREAD_MS * chance.next());
    this.#news = undefined;
  }

  /** Waits longer with each failure in a row. */
  async backOff(): Promise<void> {
    this.#failures += 1;
    const delayMs = Math.min(MOST_BACK_OFF_MS, this.#pollMs * 2 ** this.#failures);
    await this.#wait(delayMs * (0.5 + this.#ports.chance.next()));
    this.#news = undefined;
  }

  /** Waits after a claim, so that emptier workers come first. `fill` is the share of used slots. */
  async pause(fill: number): Promise<void> {
    await this.#wait(2 * SPREAD_MS * fill * this.#ports.chance.next());
  }

  #wait(delayMs: number, endsWith: "news" | "own news" | "time" = "time"): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#onNews = this.#onStop = () => undefined;
        resolve();
      };
      const cancel = this.#ports.clock.setTimer(delayMs, end);
      this.#onStop = end;
      this.#onNews = () => {
        if (endsWith === "news" || (endsWith === "own news" && this.#news === "own")) end();
      };
    });
  }

  // Returns the function that ends it.
  #watch(changed: () => void): () => void {
    let cancel = (): void => undefined;
    const arm = (): void => {
      cancel = this.#ports.clock.setTimer(WATCH_MS, () => {
        arm();
        if (this.#hasBeenWritten()) changed();
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
