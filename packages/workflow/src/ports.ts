/** Time, ids and chance, which are handed in so that a seed reproduces a run. */

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
  /** Calls `action` when this turn of the event loop has ended. */
  afterTurn(action: () => void): void;
}

/** Makes the ids of runs and checkpoints. */
export interface Ids {
  /** A new id. Later ids sort after earlier ones. */
  next(): string;
}

/** Spreads the delays of retries. */
export interface Chance {
  /** A number in [0, 1). */
  next(): number;
}

/** What an engine takes from outside besides storage and agents. */
export interface EnginePorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly chance: Chance;
}

// Node fires a longer timer immediately.
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * The wall clock gets further ahead of the monotonic one than this, in ms, only if the machine
 * slept or the clock was set.
 */
const SLEPT_MS = 1000;

// The instant at which the monotonic clock was 0.
let origin = performance.timeOrigin;

/**
 * The real clock: the wall clock when the process started, advanced by the monotonic one. The
 * monotonic clock stops while the machine sleeps. Then the wall clock is read again, or this
 * engine's leases would look expired to others. The result never goes back.
 */
const systemClock: Clock = {
  now() {
    const elapsed = performance.now();
    const wall = Date.now();
    if (wall - (origin + elapsed) > SLEPT_MS) origin = wall - elapsed;
    return origin + elapsed;
  },
  setTimer(delayMs, action, { keepsAlive = true } = {}) {
    const dueAt = performance.now() + delayMs;
    let timer: NodeJS.Timeout | undefined;
    const arm = (): void => {
      const left = Math.max(0, Math.ceil(dueAt - performance.now()));
      timer = setTimeout(left > LONGEST_TIMER_MS ? arm : fire, Math.min(left, LONGEST_TIMER_MS));
      if (!keepsAlive) timer.unref();
    };
    // Node may fire a millisecond early.
    const fire = (): void => (performance.now() < dueAt ? arm() : action());
    arm();
    return () => clearTimeout(timer);
  },
  afterTurn: (action) => void setImmediate(action),
};

/** Random UUIDs of version 7 (RFC 9562), 48 bits of time and 74 of chance: they sort by time. */
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

/** The real clock, ids and chance. The clock's timers take any delay and never fire early. */
export const systemPorts: EnginePorts = {
  clock: systemClock,
  ids: systemIds,
  chance: systemChance,
};
