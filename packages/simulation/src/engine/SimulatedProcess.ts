import type { WorkflowEngine } from "@automatosx/workflow";
import { ProcessClock, type VirtualTime } from "./VirtualTime.js";

/** A process in the world, with an engine. It can freeze and die. */
export class SimulatedProcess {
  readonly name: string;
  readonly clock: ProcessClock;
  engine: WorkflowEngine | undefined;
  isDead = false;
  /** True if the process does not accept work: it only delivers a command, or it is closing. */
  isLeaving = false;
  /** When sleep, a freeze or a storage fault last kept the process from working. */
  disturbedAt = Number.NEGATIVE_INFINITY;
  /**
   * True if every process notices its death immediately; otherwise only the expiry of its leases
   * reveals it.
   */
  isDeathSeen = false;
  /** True if it died without having closed its engine. */
  hasCrashed = false;
  readonly #time: VirtualTime;
  readonly #undelivered: (() => void)[] = [];

  constructor(name: string, time: VirtualTime, skewMs: number) {
    this.name = name;
    this.#time = time;
    this.clock = new ProcessClock(time, skewMs);
  }

  /** Delivers an answer from an agent: later if the process is frozen, never if it is dead. */
  deliver(afterMs: number, action: () => void): void {
    this.#time.after(afterMs, () => {
      if (this.isDead) return;
      if (this.clock.isRunning) action();
      else this.#undelivered.push(action);
    });
  }

  freeze(): void {
    this.clock.isRunning = false;
  }

  unfreeze(): void {
    if (this.isDead) return;
    this.disturbedAt = this.#time.now;
    this.clock.isRunning = true;
    for (const action of this.#undelivered.splice(0)) this.deliver(0, action);
  }

  die(isSeen: boolean): void {
    this.isDead = true;
    this.hasCrashed = !this.isLeaving;
    this.isDeathSeen = isSeen;
    this.clock.kill();
  }
}
