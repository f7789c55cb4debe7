import { type CheckpointData, RunReader, type StoragePort } from "@automatosx/workflow/observe";
import { failedStateId } from "@automatosx/workflow/run-view";

/** How many runs are kept in memory between two requests. */
const MAX_READERS = 32;

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

  constructor(storage: StoragePort) {
    this.#storage = storage;
  }

  /**
   * Returns the run up to its last journal entry.
   *
   * @throws WorkflowError `run_not_found`, `journal_damaged`
   */
  latest(runId: string): RunReader {
    const known = this.#readers.get(runId);
    this.#readers.delete(runId);
    const reader = known ?? RunReader.openJournal(this.#storage, runId);
    // A reader that has thrown is not kept.
    reader.catchUp();
    this.#readers.set(runId, reader);
    for (const [oldest] of this.#readers)
      if (this.#readers.size > MAX_READERS) this.#readers.delete(oldest);
      else break;
    return reader;
  }

  /**
   * Reads the journal of a run a part at a time, so that other requests are answered in between.
   * Then `latest` takes no time.
   *
   * @throws WorkflowError `run_not_found`, `journal_damaged`
   */
  async prepare(runId: string): Promise<void> {
    const known = this.#readers.get(runId);
    if (known !== undefined) return;
    const reader = RunReader.openJournal(this.#storage, runId);
    for (let seq = PART; seq < reader.row.journalSeq; seq += PART) {
      reader.catchUp(seq);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#readers.set(runId, reader);
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
}
