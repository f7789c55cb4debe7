/** Clock, ids and randomness, which are passed in so that a seed reproduces a run. */

/** The time of an engine. */
export interface Clock {
  /**
   * Ms since the epoch. It never goes back while the process lives, even if the wall clock does.
   */
  now(): number;
  /**
   * Calls `action` once, no sooner than `delayMs` from now. The returned function cancels the
   * timer. With `keepsAlive: false` the timer alone does not keep the process alive.
   */
  setTimer(
    delayMs: number,
    action: () => void,
    options?: { readonly keepsAlive?: boolean },
  ): () => void;
  /** Calls `action` once this turn of the event loop has ended. */
  afterTurn(action: () => void): void;
}

/** Generates ids for runs and checkpoints. */
export interface Ids {
  /** Returns a new id. Later ids sort after earlier ones. */
  next(): string;
}

/** Supplies the randomness that spreads retry delays. */
export interface Chance {
  /** Returns a number in [0, 1). */
  next(): number;
}

/** The dependencies of an engine besides storage and agents. */
export interface EnginePorts {
  /** The time, and timers. */
  readonly clock: Clock;
  /** Generates ids of runs and checkpoints. */
  readonly ids: Ids;
  /** Spreads retry delays. */
  readonly chance: Chance;
}

// The longest timer that Node supports, in ms; it fires longer ones immediately.
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * If the wall clock gets further ahead of the monotonic clock than this, in ms, the machine slept
 * or the clock was set.
 */
const SLEPT_MS = 1000;

// The wall-clock time at which the monotonic clock was 0.
let origin = performance.timeOrigin;

/** A timer of any delay that never fires early. */
class SystemTimer {
  readonly #dueAt: number;
  readonly #action: () => void;
  readonly #keepsAlive: boolean;
  #timeout: NodeJS.Timeout;

  constructor(delayMs: number, action: () => void, keepsAlive: boolean) {
    this.#dueAt = performance.now() + delayMs;
    this.#action = action;
    this.#keepsAlive = keepsAlive;
    this.#timeout = this.#arm(delayMs);
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(leftMs: number): NodeJS.Timeout {
    const ms = Math.min(Math.max(0, Math.ceil(leftMs)), LONGEST_TIMER_MS);
    const timeout = setTimeout(fireTimer, ms, this);
    if (!this.#keepsAlive) timeout.unref();
    return timeout;
  }

  /** Called by Node, which may fire a millisecond early. */
  fire(): void {
    const leftMs = this.#dueAt - performance.now();
    if (leftMs > 0) this.#timeout = this.#arm(leftMs);
    else this.#action();
  }
}

// A function with an argument: a closure for each of a thousand timers would cost memory.
function fireTimer(timer: SystemTimer): void {
  timer.fire();
}

/**
 * The real clock: the wall-clock time at process start, advanced by the monotonic clock. The
 * monotonic clock stops while the machine sleeps, so the wall clock is then read again; otherwise
 * this engine's leases would look expired to others. The result never goes back.
 */
const systemClock: Clock = {
  now() {
    const elapsed = performance.now();
    const wall = Date.now();
    if (wall - (origin + elapsed) > SLEPT_MS) origin = wall - elapsed;
    return origin + elapsed;
  },
  setTimer(delayMs, action, options) {
    const timer = new SystemTimer(delayMs, action, options?.keepsAlive ?? true);
    return () => timer.cancel();
  },
  afterTurn: (action) => void setImmediate(action),
};

/**
 * Generates version 7 UUIDs (RFC 9562), with 48 bits of time and 74 random bits, so that ids sort
 * by time.
 */
const systemIds: Ids = {
  next() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const view = new DataView(bytes.buffer);
    const now = Date.now();
    view.setUint32(0, Math.floor(now / 0x10000));
    view.setUint16(4, now % 0x10000);
    view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
    view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
    const hex = Buffer.from(bytes).toString("hex");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  },
};

const systemChance: Chance = { next: Math.random };

/** The real clock, ids and randomness. The clock's timers accept any delay and never fire early. */
export const systemPorts: EnginePorts = {
  clock: systemClock,
  ids: systemIds,
  chance: systemChance,
};

/** The monotonic clock of the machine, in ms: the same one for all of its processes. */
export function monotonicNow(): number {
  return Number(process.hrtime.bigint()) / 1_000_000;
}
