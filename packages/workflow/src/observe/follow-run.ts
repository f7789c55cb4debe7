import type { RunEvent } from "@automatosx/schemas";
import { Machine, State } from "../core/workflow-state-machine.js";
import { RunReader } from "../journal/RunReader.js";
import type { StoragePort } from "../storage/StoragePort.js";

/** How often a run of another process is looked at, in ms. */
const POLL_MS = 100;

export interface FollowOptions {
  /** Settles when there may be something new since it was called; by default the database is looked at ten times a second. */
  readonly untilChange?: () => Promise<void>;
  /** Is anyone working on the run? When not, the stream ends with what there is. */
  readonly isLive?: () => boolean;
  readonly signal?: AbortSignal;
}

/**
 * Everything that happened in a run, from its beginning, then what happens, whichever process works on it: read
 * from the journal and folded by the core. Ends when the run has ended or no one works on it any more.
 */
export async function* followRun(
  storage: StoragePort,
  runId: string,
  options: FollowOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const reader = RunReader.open(storage, runId);
  const isLive = options.isLive ?? (() => storage.getRun(runId)?.owner !== undefined);
  while (options.signal?.aborted !== true) {
    // Both asked before reading: a listener may take its time over an event, and what is written meanwhile is then
    // read in the next round.
    const goesOn = isLive();
    const change = goesOn ? options.untilChange?.() : undefined;
    // Whoever listens no more at its rejection has left for another reason.
    change?.catch(() => undefined);
    const before = storage.dataVersion();
    yield* reader.advance();
    if (!goesOn || State.isTerminal(Machine.state(reader.machine))) return;
    await untilEither(change ?? changed(storage, before), options.signal);
  }
}

// A change that never comes must not keep whoever has stopped listening.
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
  for (let looks = 0; looks < 10 && storage.dataVersion() === before; looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
