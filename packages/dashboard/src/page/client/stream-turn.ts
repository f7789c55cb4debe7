/** The right of a tab to keep a stream open. */
export interface StreamTurn {
  /** Whether another tab waits for this one to end its turn. */
  isWanted(): Promise<boolean>;
  end(): void;
}

/** A browser opens six connections to a server for all of its tabs: the others are for requests. */
const SLOTS = ["axw-stream-1", "axw-stream-2", "axw-stream-3", "axw-stream-4"];

/** Without locks (a page that is not of this machine) each tab keeps its own stream. */
const UNLIMITED: StreamTurn = { isWanted: () => Promise.resolve(false), end: () => undefined };

/**
 * Waits until this tab may open a stream. If more tabs want one than the browser has connections
 * for, they would block every other request; so they share a few slots.
 */
export async function waitForTurn(
  locks: LockManager | undefined,
  signal: AbortSignal,
): Promise<StreamTurn> {
  if (locks === undefined) return UNLIMITED;
  for (const slot of SLOTS) {
    const turn = await hold(locks, slot, { ifAvailable: true });
    if (turn !== undefined) return turn;
  }
  const slot = await shortestQueue(locks);
  return (await hold(locks, slot, { signal })) ?? UNLIMITED;
}

/** Holds a lock until the turn ends; undefined if it is not available. */
function hold(
  locks: LockManager,
  slot: string,
  options: LockOptions,
): Promise<StreamTurn | undefined> {
  return new Promise((resolve, reject) => {
    const isHeld = async (lock: Lock | null): Promise<void> => {
      if (lock === null) return resolve(undefined);
      const { promise, resolve: end } = Promise.withResolvers<void>();
      resolve({ isWanted: async () => (await waiting(locks)).includes(slot), end });
      return promise;
    };
    locks.request(slot, options, isHeld).catch((error: unknown) => reject(error));
  });
}

async function shortestQueue(locks: LockManager): Promise<string> {
  const queue = await waiting(locks);
  const lengthOf = (slot: string): number => queue.filter((name) => name === slot).length;
  return SLOTS.reduce((least, slot) => (lengthOf(slot) < lengthOf(least) ? slot : least));
}

/** The slots that tabs wait for, one entry for each tab. */
async function waiting(locks: LockManager): Promise<readonly (string | undefined)[]> {
  return ((await locks.query()).pending ?? []).map(({ name }) => name);
}
