import type { WorkflowEngine } from "@automatosx/workflow";
import { ProcessClock, type VirtualTime } from "./VirtualTime.js";

/** A process of the world with an engine in it. It can stand still, and it can die. */
export class SimulatedProcess {
  readonly name: string;
  readonly clock: ProcessClock;
  engine: WorkflowEngine | undefined;
  isDead = false;
  /** Only come to ask something of a run; it goes when it is answered. */
  isVisitor = false;
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
    this.clock.isRunning = true;
    for (const action of this.#undelivered.splice(0)) this.deliver(0, action);
  }

  die(isSeen: boolean): void {
    this.isDead = true;
    this.isDeathSeen = isSeen;
    this.clock.kill();
  }
}
