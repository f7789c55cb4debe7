import type { Clock } from "@automatosx/workflow";
import type { SeededRandom } from "./SeededRandom.js";

/** Something that can happen from an instant on. Nothing in the simulation happens but through one of these. */
interface Due {
  readonly at: number;
  readonly order: number;
  readonly of: ProcessClock | undefined;
  /** A look at the inbox, which may be late; what is waited for with it is not. */
  readonly isLook: boolean;
  readonly action: () => void;
}

/** The intervals at which the engine only looks whether something is new, in ms. Firing them late is allowed, and saves most of the time. */
const LOOKS = new Set([25, 100]);

/** How late such a look may be, in ms: a lease of 30 s is renewed at the first look after 10 s. */
const LATEST_LOOK_MS = 15_000;

/** As often as this nothing is left but to look, before it is clear that there will be nothing to see. */
const MOST_VAIN_LOOKS = 100;

/** The one time line of a simulated world, in ms; it goes on only when nothing is left to do at an instant. */
export class VirtualTime {
  now: number;
  readonly #due = new Set<Due>();
  #vainLooks = 0;
  #order = 0;

  constructor(startAt: number) {
    this.now = startAt;
  }

  /** Has `action` happen once, `afterMs` from now or later; the answer takes it back. */
  after(afterMs: number, action: () => void, of?: ProcessClock): () => void {
    this.#order += 1;
    const due = {
      at: this.now + Math.max(0, afterMs),
      order: this.#order,
      of,
      isLook: of !== undefined && LOOKS.has(afterMs),
      action,
    };
    this.#due.add(due);
    return () => void this.#due.delete(due);
  }

  /**
   * Does one of the things that can happen now, chosen by chance, and says what kind it was; undefined when there are
   * none. Timers of one process keep their order, and so do the ends of its turns; apart from that anything goes.
   */
  step(random: SeededRandom, clocks: readonly ProcessClock[]): "happened" | "looked" | undefined {
    const choices: (() => "happened" | "looked")[] = [];
    for (const clock of clocks)
      if (clock.isRunning && clock.hasTurnEnds) choices.push(() => this.#endTurn(clock));
    const first = new Map<ProcessClock, Due>();
    for (const due of this.#due) {
      if (due.at > this.now) continue;
      if (due.of === undefined) choices.push(() => this.#do(due));
      else if (due.of.isRunning && isBefore(due, first.get(due.of))) first.set(due.of, due);
    }
    for (const due of first.values()) choices.push(() => this.#do(due));
    return choices.length === 0 ? undefined : random.pick(choices)();
  }

  /** Goes to the next instant at which something can happen; false when nothing ever will. */
  advance(random: SeededRandom): boolean {
    let next = Number.POSITIVE_INFINITY;
    let look = Number.POSITIVE_INFINITY;
    for (const due of this.#due) {
      if (due.of !== undefined && !due.of.isRunning) continue;
      if (due.isLook) look = Math.min(look, due.at);
      else next = Math.min(next, due.at);
    }
    this.#vainLooks = next === Number.POSITIVE_INFINITY ? this.#vainLooks + 1 : 0;
    const lateMs = random.between(0, random.chance(0.5) ? 100 : LATEST_LOOK_MS);
    const until = Math.min(next, look + lateMs);
    if (until === Number.POSITIVE_INFINITY || this.#vainLooks > MOST_VAIN_LOOKS) return false;
    this.now = Math.max(this.now, until);
    return true;
  }

  /** Is a timer of this process overdue? Then it has not yet had its say about the present. */
  isOverdue(clock: ProcessClock): boolean {
    for (const due of this.#due)
      if (due.of === clock && !due.isLook && due.at <= this.now) return true;
    return false;
  }

  /** Takes back every timer of a process that is gone. */
  forget(clock: ProcessClock): void {
    for (const due of this.#due) if (due.of === clock) this.#due.delete(due);
  }

  #do(due: Due): "happened" | "looked" {
    this.#due.delete(due);
    due.action();
    return due.isLook ? "looked" : "happened";
  }

  #endTurn(clock: ProcessClock): "happened" {
    clock.endTurn();
    return "happened";
  }
}

function isBefore(due: Due, other: Due | undefined): boolean {
  return (
    other === undefined || due.at < other.at || (due.at === other.at && due.order < other.order)
  );
}

/** The clock of one simulated process: as far from the true time as its machine's clock is, and standing while the process does. */
export class ProcessClock implements Clock {
  isRunning = true;
  readonly #time: VirtualTime;
  readonly #skewMs: number;
  readonly #turnEnds: (() => void)[] = [];

  constructor(time: VirtualTime, skewMs: number) {
    this.#time = time;
    this.#skewMs = skewMs;
  }

  now(): number {
    return this.#time.now + this.#skewMs;
  }

  setTimer(delayMs: number, action: () => void): () => void {
    return this.#time.after(delayMs, action, this);
  }

  afterTurn(action: () => void): void {
    this.#turnEnds.push(action);
  }

  get hasTurnEnds(): boolean {
    return this.#turnEnds.length > 0;
  }

  endTurn(): void {
    this.#turnEnds.shift()?.();
  }

  /** The process is gone: nothing of it happens any more. */
  kill(): void {
    this.isRunning = false;
    this.#turnEnds.length = 0;
    this.#time.forget(this);
  }
}
