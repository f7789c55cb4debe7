import type { Fault, StorageFault } from "./Fault.js";
import type { Operator } from "./Operator.js";
import type { SimulatedProcess } from "./SimulatedProcess.js";
import type { WorldView } from "./world-view.js";

/** How long after a process freezes a rival looks for work: leases last 30 s. */
const RIVAL_AFTER_MS = 31_000;

/** Injects a world's planned faults. */
export class FaultInjector {
  /** Number of faults that have happened by kind, not counting agent faults. */
  readonly firedKinds: Partial<Record<Fault["kind"], number>> = {};
  /** True once a process, or the whole machine, has been suspended. */
  hasSlept = false;
  /**
   * Offset of the wall clock from the true time, for new processes. A running process does not
   * notice a change.
   */
  wallClockMs = 0;
  readonly #world: WorldView;
  readonly #operator: Operator;
  readonly #pending: Set<Fault>;
  readonly #times = new Map<Fault, number>();
  #isBusy = false;
  #writeCount = 0;

  /** Faults of agents are left to the agents' scripts. */
  constructor(world: WorldView, operator: Operator, faults: readonly Fault[]) {
    this.#world = world;
    this.#operator = operator;
    this.#pending = new Set(faults.filter(({ kind }) => kind !== "agent"));
  }

  /** Number of faults that have happened, not counting agent faults. */
  get firedCount(): number {
    return Object.values(this.firedKinds).reduce((sum, count) => sum + count, 0);
  }

  #count({ kind }: Fault): void {
    this.firedKinds[kind] = (this.firedKinds[kind] ?? 0) + 1;
  }

  /** The fault of this storage call, if one is planned. */
  faultOf(process: SimulatedProcess, method: string, writes: boolean): StorageFault | undefined {
    if (writes) this.#writeCount += 1;
    for (const fault of this.#pending) {
      if (
        fault.kind !== "storage" ||
        fault.call > this.#writeCount ||
        writes === (fault.does === "unreadable")
      )
        continue;
      const times = (this.#times.get(fault) ?? 0) + 1;
      this.#times.set(fault, times);
      if (times === fault.times) this.#pending.delete(fault);
      if (times === 1) this.#count(fault);
      if (fault.does === "busy") {
        this.#isBusy = true;
        // A writer waits for the lock before it gives up, and its whole process is blocked while it
        // waits.
        this.#sleep(this.#world.random.pick([0, 50, 5000]));
      }
      process.disturbedAt = this.#world.time.now;
      this.#world.log(`${process.name} calls ${method}: ${fault.does}`);
      return fault.does;
    }
    return undefined;
  }

  /** Injects the next fault that is due after this many actions; returns false if none is due. */
  injectDue(actionCount: number): boolean {
    for (const fault of this.#pending) {
      if (fault.kind === "storage" || fault.kind === "agent") continue;
      if (fault.at === "busy" ? !this.#isBusy : fault.at > actionCount) continue;
      this.#pending.delete(fault);
      this.#count(fault);
      this.#inject(fault);
      return true;
    }
    return false;
  }

  #inject(fault: Exclude<Fault, { kind: "storage" | "agent" }>): void {
    switch (fault.kind) {
      case "sleep":
        this.#world.log(`the machine sleeps for ${fault.forMs} ms`);
        this.#sleep(fault.forMs);
        break;
      case "crash": {
        const victim = this.#someProcess();
        if (fault.skewMs !== 0) this.#world.log(`the wall clock moves by ${fault.skewMs} ms`);
        this.wallClockMs += fault.skewMs;
        if (victim !== undefined) this.#operator.crash(victim, fault.isSeen);
        break;
      }
      case "close": {
        const process = this.#someProcess();
        if (process !== undefined) void this.#operator.close(process);
        break;
      }
      case "rival":
        this.#operator.sendRival(0);
        break;
      case "freeze":
        this.#freeze(fault.forMs, fault.skewMs);
        break;
      case "command": {
        const run = this.#world.runs[fault.run];
        if (run !== undefined) this.#operator.command(run, fault.does, fault.from);
        break;
      }
    }
  }

  #sleep(forMs: number): void {
    this.#world.time.now += forMs;
    this.hasSlept ||= forMs > 0;
    for (const process of this.#world.processes) process.disturbedAt = this.#world.time.now;
  }

  #freeze(forMs: number, skewMs: number): void {
    const process = this.#someProcess();
    if (process === undefined) return;
    this.#world.log(`${process.name} freezes for ${forMs} ms`);
    process.freeze();
    this.hasSlept = true;
    this.#world.time.after(forMs, () => {
      if (!process.isDead) this.#world.log(`${process.name} continues`);
      process.unfreeze();
    });
    if (forMs > RIVAL_AFTER_MS)
      this.#world.time.after(RIVAL_AFTER_MS, () => this.#operator.sendRival(skewMs));
  }

  #someProcess(): SimulatedProcess | undefined {
    const candidates = this.#world.processes.filter(
      (process) => !process.isDead && !process.isLeaving && process.clock.isRunning,
    );
    return candidates.length === 0 ? undefined : this.#world.random.pick(candidates);
  }
}
