import { RunReader } from "../journal/RunReader.js";
import type { StoragePort } from "../storage/StoragePort.js";
import type { RunFact } from "./RunFact.js";
import { RunFacts } from "./RunFacts.js";

/** Reads the facts of a run from its journal, from the first entry on. */
export class FactReader {
  readonly #reader: RunReader;
  readonly #facts: RunFacts;

  /** Throws `run_not_found`, or `journal_damaged`. */
  constructor(storage: StoragePort, runId: string) {
    this.#reader = RunReader.open(storage, runId);
    this.#facts = new RunFacts(runId, this.#reader.row.workflowId);
  }

  /** The run's row at the time the reader was created. */
  get row(): RunReader["row"] {
    return this.#reader.row;
  }

  /** The definition that the run has after the last entry that was read. */
  get definition(): RunReader["definition"] {
    return this.#reader.definition;
  }

  /** The last journal entry that was read; 0 before the first. */
  get seq(): number {
    return this.#reader.seq;
  }

  /**
   * Yields the facts of the entries up to `upTo` that it has not read yet. Throws
   * `journal_damaged`.
   */
  *read(upTo: number): Generator<RunFact, void, undefined> {
    for (const accepted of this.#reader.accepted(upTo)) yield* this.#facts.apply(accepted);
  }
}
