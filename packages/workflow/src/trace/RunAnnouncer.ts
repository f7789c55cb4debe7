import type { StoragePort } from "../storage/StoragePort.js";
import {
  areFactsHeard,
  closingChannel,
  leftChannel,
  publishFact,
  writtenChannel,
} from "./channels.js";
import { FactReader } from "./FactReader.js";

/** How long subscribers may delay the end of an engine, in ms. */
const MAX_CLOSING_MS = 5000;

/**
 * Publishes what happens to the runs of an engine on the channels that have subscribers. Without
 * subscribers, a turn of a run costs a few comparisons.
 */
export class RunAnnouncer {
  readonly #storage: StoragePort;
  readonly #readers = new Map<string, FactReader>();

  constructor(storage: StoragePort) {
    this.#storage = storage;
  }

  /**
   * The entries after `afterSeq`, up to `seq`, are durable. Their effects are not performed yet.
   */
  written(runId: string, afterSeq: number, seq: number): void {
    if (seq === afterSeq) return;
    if (writtenChannel.hasSubscribers)
      writtenChannel.publish({ runId, afterSeq, seq, storage: this.#storage });
    if (areFactsHeard()) this.#publishFacts(runId, afterSeq, seq);
    else if (this.#readers.size > 0) this.#readers.clear();
  }

  /** The run is no longer active in the engine. */
  left(runId: string): void {
    this.#readers.delete(runId);
    if (leftChannel.hasSubscribers) leftChannel.publish({ runId, storage: this.#storage });
  }

  /** The engine is being closed; settles when it may close its storage. */
  async closing(): Promise<void> {
    if (!closingChannel.hasSubscribers) return;
    const awaited: Promise<unknown>[] = [];
    closingChannel.publish({
      storage: this.#storage,
      waitUntil: (promise: Promise<unknown>) => void awaited.push(promise),
    });
    if (awaited.length === 0) return;
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, MAX_CLOSING_MS);
    await Promise.race([Promise.allSettled(awaited), limit.promise]);
    clearTimeout(timer);
  }

  #publishFacts(runId: string, afterSeq: number, seq: number): void {
    try {
      const reader = this.#readers.get(runId) ?? new FactReader(this.#storage, runId);
      this.#readers.set(runId, reader);
      // What happened before the run came to this engine, or before someone subscribed.
      for (const fact of reader.read(seq)) if (fact.seq > afterSeq) publishFact(fact);
    } catch {
      // The journal cannot be read back. An observer must not affect the run, which finds the same
      // problem when it is resumed.
      this.#readers.delete(runId);
    }
  }
}
