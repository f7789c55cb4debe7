import type { RunView } from "@automatosx/run-view";
import type { RunEvent } from "@automatosx/schemas";
import { checkOptions, type OptionChecks } from "../checks/check-options.js";
import { callable, count, signal, text } from "../checks/option-checks.js";
import { RunReader } from "../journal/RunReader.js";
import { isOwned } from "../storage/owner-state.js";
import type { StoragePort } from "../storage/StoragePort.js";
import { storagePort } from "../storage/storage-check.js";
import { followChanges } from "./follow-changes.js";

/** Which events of a run to yield, and how to detect changes. */
export interface FollowOptions {
  /** Yields the events after this journal entry; by default all, from the first. */
  readonly afterSeq?: number;
  /**
   * Settles when something may have happened since the call. By default, the database is polled ten
   * times a second.
   */
  readonly untilChange?: () => Promise<void>;
  /**
   * Returns whether a process owns the run. When none does, the stream ends after the stored
   * events. By default, `ownerState` decides.
   */
  readonly isLive?: () => boolean;
  /** Ends the stream when it is aborted. */
  readonly signal?: AbortSignal;
}

const FOLLOW_CHECKS: OptionChecks<FollowOptions> = {
  afterSeq: count(0),
  untilChange: callable,
  isLive: callable,
  signal,
};

/** A run that is being followed. It can be iterated once. */
export interface FollowedRun extends AsyncIterable<RunEvent> {
  /**
   * The run as of the last event that was yielded; before the first event, as of the entry
   * `afterSeq`.
   */
  readonly view: RunView;
}

/**
 * Yields every past event of a run from its beginning, then each new one, regardless of which
 * process owns the run. The events are read from the journal and folded by the core. The stream
 * ends when the run has ended or no process owns it. Iterating throws the same errors as
 * `RunReader.open`.
 */
export function followRun(
  storage: StoragePort,
  runId: string,
  options: FollowOptions = {},
): FollowedRun {
  storagePort(storage, "The storage");
  text(runId, "The run id");
  checkOptions<FollowOptions>("followRun", options, FOLLOW_CHECKS);
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
  { isLive, ...options }: FollowOptions,
): AsyncGenerator<RunEvent, void, undefined> {
  const reader = open();
  const { runId } = reader.row;
  const hasOwner = (): boolean => {
    const run = storage.getRun(runId);
    return run !== undefined && isOwned(run);
  };
  for await (const _ of followChanges(storage, { ...options, isLive: isLive ?? hasOwner })) {
    yield* reader.advance();
    if (reader.view.hasEnded) return;
  }
}
