/** What the engine gets from outside: time, ids and chance. Handed in, so that a seed reproduces a run. */

export interface Clock {
  /** Ms since the epoch. Never goes back while the process lives, whatever the wall clock does. */
  now(): number;
  /**
   * Calls `action` once, no sooner than `delayMs` from now; the answer takes it back. With `keepsAlive: false` a process that
   * has nothing else to do need not wait for it.
   */
  setTimer(
    delayMs: number,
    action: () => void,
    options?: { readonly keepsAlive?: boolean },
  ): () => void;
  /** Calls `action` when this turn of the event loop is over. */
  afterTurn(action: () => void): void;
}

export interface Ids {
  /** An id never given before; those given later sort later. */
  next(): string;
}

export interface Chance {
  /** A number in [0, 1). */
  next(): number;
}

export interface EnginePorts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly chance: Chance;
}

// Node fires a longer timer at once.
const LONGEST_TIMER_MS = 2_147_483_647;

/** The wall clock runs ahead of the monotonic one by more than this, in ms, only when the machine has slept, or the clock was set. */
const SLEPT_MS = 1000;

// What the monotonic clock is added to.
let origin = performance.timeOrigin;

/**
 * The real clock: the wall clock at start, carried on by the monotonic one. That one stands still while a machine sleeps; then the
 * wall clock's word is taken again, or leases would look to others as if they were over. It never goes back.
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

/** Random UUIDs of version 7 (RFC 9562): 48 bits of time, 74 of chance. */
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
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  },
};

const systemChance: Chance = { next: Math.random };

/** The real clock, ids and chance. The clock's timers take any delay and never fire early. */
export const systemPorts: EnginePorts = {
  clock: systemClock,
  ids: systemIds,
  chance: systemChance,
};
