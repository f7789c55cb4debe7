import { WorkflowError } from "@automatosx/workflow/errors";
import {
  checkRun,
  type OpenQuestion,
  type StoragePort,
  type StoredRun,
} from "@automatosx/workflow/observe";
import type { RunFigures } from "../api/common.schema.js";
import type { Readers } from "./Readers.js";
import { figuresOf, questionsOf, type RunQuestions } from "./run-figures.js";

/** How many runs' figures are kept. */
const MAX_KNOWN = 10_000;

/** How long figures are computed at a time before other requests are answered, in ms. */
const SLICE_MS = 10;

/** How long to rest after that, in ms: figures take a fifth of the processor at most. */
const REST_MS = 40;

/** A longer journal is read a part at a time. */
const LONG = 2000;

/** What the journal of a run says about it. */
export type ReadFigures =
  | {
      readonly figures: RunFigures;
      /** What the run itself waits for, without its child runs. */
      readonly questions: readonly OpenQuestion[];
    }
  /** Why it cannot be read. */
  | { readonly damage: string };

interface Known {
  /** Another instant is that of another run, which has got the id of one that was removed. */
  readonly createdAt: number;
  readonly journalSeq: number;
  readonly status: string;
  readonly read: ReadFigures;
  /** False if they can change although the row does not. */
  readonly isFinal: boolean;
}

/**
 * The figures of runs, which only their journals have. Those of a run that nothing can change are
 * kept with the end of its journal. A list shows what is known, and the rest is read afterwards.
 */
export class Figures {
  readonly #storage: StoragePort;
  readonly #readers: Readers;
  readonly #now: () => number;
  /** By run id, the last read at the end. */
  readonly #known = new Map<string, Known>();
  readonly #queue = new Map<string, StoredRun>();
  readonly #onRead: () => void;
  #isReading = false;

  /** `onRead` is called when figures that were missing in a list are known. */
  constructor(
    { storage, readers, now }: { storage: StoragePort; readers: Readers; now: () => number },
    onRead: () => void,
  ) {
    this.#storage = storage;
    this.#readers = readers;
    this.#now = now;
    this.#onRead = onRead;
  }

  /** Reads the figures of a run, unless they are known. */
  read(run: StoredRun): ReadFigures {
    if (run.damage !== undefined) return { damage: run.damage };
    const known = this.#knownOf(run);
    if (known?.isFinal === true) return known.read;
    this.#queue.delete(run.runId);
    return this.#keep(run, this.#read(run));
  }

  /** Returns the figures of a run if they are known. */
  known(run: StoredRun): ReadFigures | undefined {
    return run.damage === undefined ? this.#knownOf(run)?.read : { damage: run.damage };
  }

  /**
   * Returns the figures of a run if they are known, or those from before its last entries; the
   * present ones are then read later.
   */
  knownOrLater(run: StoredRun): ReadFigures | undefined {
    const known = this.known(run);
    if (known !== undefined) return known;
    this.#queue.set(run.runId, run);
    this.#readQueue();
    const earlier = this.#known.get(run.runId);
    const isEarlier = earlier?.createdAt === run.createdAt && earlier.status === run.status;
    return isEarlier ? earlier.read : undefined;
  }

  #readQueue(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    setImmediate(() => {
      void this.#readAll().finally(() => {
        this.#isReading = false;
        this.#onRead();
      });
    });
  }

  async #readAll(): Promise<void> {
    let startedAt = performance.now();
    for (const [runId, run] of this.#queue) {
      this.#queue.delete(runId);
      try {
        if (run.journalSeq > LONG) await this.#readers.prepare(runId);
        this.#keep(run, this.#read(run));
      } catch {
        // It stays unknown: the next list asks for it again.
      }
      if (performance.now() - startedAt < SLICE_MS) continue;
      await new Promise((resolve) => setTimeout(resolve, REST_MS).unref());
      startedAt = performance.now();
    }
  }

  #read(run: StoredRun): Pick<Known, "read" | "isFinal"> {
    try {
      const damage = checkRun(this.#storage, run);
      if (damage !== undefined) return { read: { damage: damage.message }, isFinal: true };
      const { view } = this.#readers.latest(run.runId);
      const questions: RunQuestions = questionsOf(this.#storage, this.#readers, run, view);
      const all = [...questions.own, ...questions.inside];
      const figures = figuresOf(run, view, all, this.#now());
      // A child run has a journal of its own, and a run that is worked on has figures of the clock.
      const isFinal = run.status !== "running" && !questions.hasOpenChildren;
      return { read: { figures, questions: questions.own }, isFinal };
    } catch (error) {
      if (!(error instanceof WorkflowError)) throw error;
      if (error.code === "journal_damaged" || error.code === "run_not_found")
        return { read: { damage: error.message }, isFinal: true };
      throw error;
    }
  }

  #knownOf({ runId, createdAt, journalSeq, status }: StoredRun): Known | undefined {
    const known = this.#known.get(runId);
    if (known?.createdAt !== createdAt) return undefined;
    return known.journalSeq === journalSeq && known.status === status ? known : undefined;
  }

  #keep(
    { runId, createdAt, journalSeq, status }: StoredRun,
    { read, isFinal }: Pick<Known, "read" | "isFinal">,
  ): ReadFigures {
    this.#known.delete(runId);
    this.#known.set(runId, { createdAt, journalSeq, status, read, isFinal });
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > MAX_KNOWN) this.#known.delete(oldest);
    return read;
  }
}
