import type { JournalEntry } from "@automatosx/schemas";
import { type StoragePort, WorkflowError } from "@automatosx/workflow/observe";

/** An attempt with the instant at which its outcome was recorded. */
interface EndedAttempt {
  readonly stepId: string;
  readonly attemptNumber: number;
  readonly at: number;
}

/** The ends of a run's attempts, in order. They are read from the journal when first needed. */
export class AttemptEnds {
  readonly #storage: Pick<StoragePort, "readJournal">;
  readonly #runId: string;
  #seq = 0;
  #ends: EndedAttempt[] = [];
  #next = 0;

  constructor(storage: Pick<StoragePort, "readJournal">, runId: string) {
    this.#storage = storage;
    this.#runId = runId;
  }

  /**
   * Reads what was recorded since the last call. Output that is read afterwards includes all output
   * of these attempts. A damaged journal is read up to the damage: the output is not in it.
   */
  read(): void {
    this.#ends = this.#ends.slice(this.#next);
    this.#next = 0;
    try {
      for (const entry of this.#storage.readJournal(this.#runId, this.#seq)) this.#add(entry);
    } catch (error) {
      if (!(error instanceof WorkflowError) || error.code !== "journal_damaged") throw error;
    }
  }

  /** Returns the attempts that ended up to this instant, each once. */
  *until(at: number): Generator<EndedAttempt, void, undefined> {
    if (this.#seq === 0) this.read();
    for (let end = this.#ends[this.#next]; end !== undefined; end = this.#ends[this.#next]) {
      if (end.at > at) return;
      this.#next += 1;
      yield end;
    }
  }

  #add({ seq, at, type, stepId, attemptNumber }: JournalEntry): void {
    this.#seq = seq;
    if (type !== "step_completed" && type !== "step_failed") return;
    if (stepId !== undefined && attemptNumber !== undefined)
      this.#ends.push({ stepId, attemptNumber, at });
  }
}
