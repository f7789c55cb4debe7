import type { RunView } from "@automatosx/run-view";
import type { RunEvent } from "@automatosx/schemas";
import { RunReader } from "../journal/RunReader.js";
import type { StoragePort } from "../storage/StoragePort.js";

/** How often the database is checked for changes that another process made, in ms. */
const POLL_MS = 100;
/** After this many checks, `isLive` is asked again. */
const POLLS_PER_ROUND = 10;

export interface FollowOptions {
  /** Yields the events after this journal entry; by default all, from the first. */
  readonly afterSeq?: number;
  /**
   * Settles when something may have happened since the call. By default the database is polled, ten
   * times a second.
   */
  readonly untilChange?: () => Promise<void>;
  /**
   * Returns whether a process owns the run. When none does, the stream ends with what is stored.
   */
  readonly isLive?: () => boolean;
  readonly signal?: AbortSignal;
}

/** A run that is being followed. It can be iterated once. */
export interface FollowedRun extends AsyncIterable<RunEvent> {
  /** The run at the last event that was yielded; before the first, at the entry `afterSeq`. */
  readonly view: RunView;
}

/**
 * Yields everything that happened in a run, from its beginning, then what happens, whichever
 * process owns the run. The events are read from the journal and folded by the core. The stream
 * ends when the run has ended or no process owns it. Iterating throws what `RunReader.open` throws.
 */
export function followRun(
  storage: StoragePort,
  runId: string,
  options: FollowOptions = {},
): FollowedRun {
  let opened: RunReader | undefined;
  const reader = (): RunReader => {
    opened ??= openAt(storage, runId, options.afterSeq ?? 0);
    return opened;
  };
  return {
    get view() {
      return reader().view;
    },
    [Symbol.asyncIterator]: () => follow(storage, reader, options),
  };
}

function openAt(storage: StoragePort, runId: string, seq: number): RunReader {
  const reader = RunReader.open(storage, runId);
  return seq > 0 ? reader.catchUp(seq) : reader;
}

async function* follow(
  storage: StoragePort,
  open: () => RunReader,
  { isLive, untilChange, signal }: FollowOptions,
): AsyncGenerator<RunEvent, void, undefined> {
  const reader = open();
  const { runId } = reader.row;
  const isOwned = isLive ?? (() => storage.getRun(runId)?.owner !== undefined);
  while (signal?.aborted !== true) {
    // Both are asked before reading: the consumer may take its time over an event, and the next
    // round then reads what was written meanwhile.
    const continues = isOwned();
    const change = continues ? untilChange?.() : undefined;
    // The await below throws a rejection. Until then it must not count as unhandled.
    change?.catch(() => undefined);
    const before = storage.dataVersion();
    yield* reader.advance();
    if (!continues || reader.view.hasEnded) return;
    await untilEither(change ?? changed(storage, before), signal);
  }
}

// A change that never comes must not hold a consumer that has stopped listening.
async function untilEither(change: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return change;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = (): void => resolve();
  signal.addEventListener("abort", stop);
  try {
    await Promise.race([change, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function changed(storage: StoragePort, before: number): Promise<void> {
  for (let polls = 0; polls < POLLS_PER_ROUND && storage.dataVersion() === before; polls += 1) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
