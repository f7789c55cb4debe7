import { type CheckpointData, RunReader, type StoragePort } from "@automatosx/workflow/observe";
import { failedStateId } from "@automatosx/workflow/run-view";

/** How many runs are kept in memory between two requests. */
const MAX_READERS = 256;

/**
 * How many journal entries these have together: a long run takes as much memory as many short ones.
 */
const MAX_ENTRIES = 200_000;

/** How many entries are read at a time. */
const PART = 500;

/**
 * Runs as of their last journal entry. The runs that were asked for last stay in memory, so that
 * only what was added to their journals is read again.
 */
export class Readers {
  readonly #storage: StoragePort;
  /** By run id, the last used at the end. */
  readonly #readers = new Map<string, RunReader>();
  #entryCount = 0;

  constructor(storage: StoragePort) {
    this.#storage = storage;
  }

  /**
   * Returns the run up to its last journal entry.
   *
   * @throws WorkflowError `run_not_found`, `journal_damaged`
   */
  latest(runId: string): RunReader {
    const known = this.#take(runId);
    // A reader that has thrown is not kept.
    const reader = (known ?? RunReader.openJournal(this.#storage, runId)).catchUp();
    this.#keep(runId, reader);
    return reader;
  }

  /**
   * Reads the journal of a run a part at a time, so that other requests are answered in between.
   * Then `latest` takes no time.
   *
   * @throws WorkflowError `run_not_found`, `journal_damaged`
   */
  async prepare(runId: string): Promise<void> {
    const reader = this.#take(runId) ?? RunReader.openJournal(this.#storage, runId);
    for (let seq = reader.seq + PART; seq < reader.row.journalSeq; seq += PART) {
      reader.catchUp(seq);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#keep(runId, reader);
  }

  /** Returns the run as it was after a journal entry. */
  at(runId: string, seq: number): RunReader {
    return RunReader.openJournal(this.#storage, runId).catchUp(seq);
  }

  /**
   * Returns the state that an entry of a run restores; undefined if it is the state in which the
   * run failed, which a view knows itself.
   *
   * @throws WorkflowError `journal_damaged`
   */
  restored(runId: string, checkpointId: string): CheckpointData | undefined {
    if (checkpointId === failedStateId(runId)) return undefined;
    return RunReader.openJournal(this.#storage, runId).checkpointData(checkpointId);
  }

  // A run that was removed may have a successor with the same id.
  #take(runId: string): RunReader | undefined {
    const known = this.#readers.get(runId);
    if (known === undefined) return undefined;
    this.#readers.delete(runId);
    this.#entryCount -= known.seq;
    return this.#storage.getRun(runId)?.createdAt === known.row.createdAt ? known : undefined;
  }

  #keep(runId: string, reader: RunReader): void {
    this.#take(runId);
    this.#readers.set(runId, reader);
    this.#entryCount += reader.seq;
    for (const [oldest, { seq }] of this.#readers) {
      if (oldest === runId || !this.#isFull) return;
      this.#readers.delete(oldest);
      this.#entryCount -= seq;
    }
  }

  get #isFull(): boolean {
    return this.#readers.size > MAX_READERS || this.#entryCount > MAX_ENTRIES;
  }
}
