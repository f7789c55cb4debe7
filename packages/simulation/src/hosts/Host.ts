import type { SimulatedProcess } from "../engine/SimulatedProcess.js";
import type { VirtualTime } from "../engine/VirtualTime.js";
import type { HostLink } from "./HostLink.js";

/** The end of a worker's loop. */
export interface WorkerLoop {
  drain(ms: number): Promise<unknown>;
}

/** A machine with one process at a time. */
export class Host {
  readonly name: string;
  readonly slots: number;
  link!: HostLink;
  process: SimulatedProcess | undefined;
  loop: WorkerLoop | undefined;
  /** How far its clock is from the clock of the database, in ms. */
  skewMs: number;
  /** When a process of the host last continued after it had been frozen. */
  thawedAt = Number.NEGATIVE_INFINITY;
  readonly #time: VirtualTime;
  #isFrozen = false;
  #frozenUntil = Number.NEGATIVE_INFINITY;
  #blockedUntil = Number.NEGATIVE_INFINITY;

  constructor(name: string, time: VirtualTime, slots: number, skewMs: number) {
    this.name = name;
    this.#time = time;
    this.slots = slots;
    this.skewMs = skewMs;
  }

  /** True while the whole process stands still, its agents included. */
  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  freeze(forMs: number): void {
    this.#frozenUntil = Math.max(this.#frozenUntil, this.#time.now + forMs);
    this.#isFrozen = true;
    this.#hold(this.process, forMs);
  }

  /** Keeps the event loop of a process busy: its timers wait. */
  block(process: SimulatedProcess, forMs: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, this.#time.now + forMs);
    this.#hold(process, forMs);
  }

  #hold(process: SimulatedProcess | undefined, forMs: number): void {
    if (process === undefined || process.isDead) return;
    process.freeze();
    this.#time.after(forMs, () => {
      if (this.#time.now < Math.max(this.#frozenUntil, this.#blockedUntil)) return;
      if (this.#isFrozen) this.thawedAt = this.#time.now;
      this.#isFrozen = false;
      process.unfreeze();
    });
  }
}
