import type { WorkflowEngine } from "@automatosx/workflow";
import { ProcessClock, type VirtualTime } from "./VirtualTime.js";

/** A process of the world with an engine in it. It can stand still, and it can die. */
export class SimulatedProcess {
  readonly name: string;
  readonly clock: ProcessClock;
  engine: WorkflowEngine | undefined;
  isDead = false;
  /** Takes nothing on: it has only come to ask something of a run, or it is closing. */
  isLeaving = false;
  /** When it was last kept from what it does: by sleep, by standing still, by its storage. */
  disturbedAt = Number.NEGATIVE_INFINITY;
  /** Does every process of its machine see that it is dead? Elsewhere only the end of its leases tells. */
  isDeathSeen = false;
  readonly #time: VirtualTime;
  readonly #undelivered: (() => void)[] = [];

  constructor(name: string, time: VirtualTime, skewMs: number) {
    this.name = name;
    this.#time = time;
    this.clock = new ProcessClock(time, skewMs);
  }

  /** An answer from outside: it waits while the process stands still, and goes nowhere when it is dead. */
  deliver(afterMs: number, action: () => void): void {
    this.#time.after(afterMs, () => {
      if (this.isDead) return;
      if (this.clock.isRunning) action();
      else this.#undelivered.push(action);
    });
  }

  stall(): void {
    this.clock.isRunning = false;
  }

  wakeUp(): void {
    if (this.isDead) return;
    this.disturbedAt = this.#time.now;
    this.clock.isRunning = true;
    for (const action of this.#undelivered.splice(0)) this.deliver(0, action);
  }

  die(isSeen: boolean): void {
    this.isDead = true;
    this.isDeathSeen = isSeen;
    this.clock.kill();
  }
}
