import type { StoragePort } from "../storage/StoragePort.js";

/** The interval at which to poll the database for changes by other processes, in ms. */
const POLL_MS = 100;
/**
 * How long to wait before the next round if the database has changed already, in ms. Without it, a
 * storage in which each look finds a change would keep signals and sockets waiting for ever.
 */
const BUSY_MS = 10;
/** `isLive` is called again after this many checks. */
const POLLS_PER_ROUND = 10;

/** How the changes of a run are noticed. */
export interface ChangeOptions {
  /**
   * Settles when something may have happened since the call. By default, the database is polled ten
   * times a second.
   */
  readonly untilChange?: () => Promise<void>;
  /** Returns whether a process owns the run. When none does, the current round is the last. */
  readonly isLive: () => boolean;
  /** Ends the stream when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields immediately, then whenever a run may have changed, until no process owns the run. Throws
 * `database_unusable` if the file is no longer at its path: it would not change any more.
 */
export async function* followChanges(
  storage: Pick<StoragePort, "dataVersion" | "lost">,
  { isLive, untilChange, signal }: ChangeOptions,
): AsyncGenerator<void, void, undefined> {
  while (signal?.aborted !== true) {
    if (untilChange === undefined) assertKept(storage);
    // Both are called before the consumer reads. The consumer may be slow; the next round then
    // reads everything written in the meantime.
    const continues = isLive();
    const change = continues ? untilChange?.() : undefined;
    // The await below rethrows a rejection. Until then, it must not count as unhandled.
    change?.catch(() => undefined);
    const before = storage.dataVersion();
    yield;
    if (!continues) return;
    await untilEither(change ?? changed(storage, before), signal);
  }
}

function assertKept(storage: Pick<StoragePort, "lost">): void {
  const lost = storage.lost?.("file");
  if (lost !== undefined) throw lost;
}

// A consumer that has stopped listening must not be kept waiting for a change that never comes.
async function untilEither(change: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return change;
  // A signal that was aborted while the consumer was reading fires no event any more.
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop);
  try {
    await Promise.race([change, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function changed(storage: Pick<StoragePort, "dataVersion">, before: number): Promise<void> {
  if (storage.dataVersion() !== before)
    return new Promise((resolve) => void setTimeout(resolve, BUSY_MS));
  for (let polls = 0; polls < POLLS_PER_ROUND && storage.dataVersion() === before; polls += 1) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
