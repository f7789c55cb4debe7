import type { JournalEntry } from "@automatosx/schemas";
import type { WorkflowError } from "../../errors.js";
import { chainHash } from "../hash-chain.js";
import { brokenOrder, damagedJournal, removedWhileRead } from "../journal-damage.js";
import { isCorrupt } from "./database-error.js";
import type { Database } from "./open-database.js";

/**
 * In the order of `COLUMNS`. Reading rows as arrays takes two thirds of the time needed for
 * objects.
 */
type EventRow = readonly [
  seq: number,
  type: string,
  at: number,
  stepId: string | null,
  attemptNumber: number | null,
  payload: string,
  hash: string,
];

/** The end of a run's journal. */
interface Head {
  readonly runNumber: number;
  readonly seq: number;
  readonly hash: string;
  readonly leaseEpoch: number;
}

/**
 * How many rows to read at a time: a reader must not hold the database while its caller processes
 * rows.
 */
const PAGE = 1024;

/** How many journal ends to remember; far more than the number of runs written at the same time. */
const MAX_HEADS = 10_000;

/** A key is `run_number * KEYS_PER_RUN + seq`. */
const KEYS_PER_RUN = 100_000_000;

const COLUMNS =
  "entry_id % 100000000 AS seq, type, at, step_id, attempt_number, payload, " +
  "lower(hex(hash)) AS hash";

/** The rows of the journal, each chained to the previous one by a sha-256. */
export class JournalDAO {
  readonly #insert;
  readonly #page;
  readonly #last;
  readonly #runNumber;
  readonly #origin;
  readonly #leastEnd;
  /** The journal ends of the runs being written, each valid for the epoch of its writer. */
  readonly #heads = new Map<string, Head>();

  constructor(database: Database) {
    this.#insert = database.prepare<
      [number, string, number, string | null, number | null, string, number, string]
    >(
      `INSERT INTO workflow_journal
         (entry_id, type, at, step_id, attempt_number, payload, lease_epoch, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, unhex(?))`,
    );
    this.#page = database
      .prepare<[number, number, number], EventRow>(
        `SELECT ${COLUMNS} FROM workflow_journal
         WHERE entry_id > ? AND entry_id < ? ORDER BY entry_id LIMIT ?`,
      )
      .raw();
    this.#last = database.prepare<[number, number], { seq: number; hash: string }>(
      `SELECT entry_id % 100000000 AS seq, lower(hex(hash)) AS hash FROM workflow_journal
       WHERE entry_id > ? AND entry_id < ? ORDER BY entry_id DESC LIMIT 1`,
    );
    this.#runNumber = database
      .prepare<[string], number>("SELECT run_number FROM workflow_runs WHERE run_id = ?")
      .pluck();
    this.#origin = database
      .prepare<[string], string>(
        "SELECT lower(hex(origin_hash)) FROM workflow_runs WHERE run_id = ?",
      )
      .pluck();
    this.#leastEnd = database
      .prepare<[string, string], number | null>(
        `SELECT max((SELECT journal_seq FROM workflow_runs WHERE run_id = ?),
                  coalesce((SELECT max(seq) FROM workflow_checkpoints WHERE run_id = ?), 0))`,
      )
      .pluck();
  }

  /** Records the start of a run that this transaction creates, under epoch 1. */
  begin(runId: string, runNumber: number, origin: string): void {
    this.#remember(runId, { runNumber, seq: 0, hash: origin, leaseEpoch: 1 });
  }

  /**
   * Must be called inside a transaction, after the epoch was checked. Returns the sequence number
   * of the last entry. Throws `internal` if an entry does not follow the last one.
   */
  append(runId: string, leaseEpoch: number, entries: readonly JournalEntry[]): number {
    let { runNumber, seq, hash } = this.#headOf(runId, leaseEpoch);
    for (const entry of entries) {
      if (entry.seq !== seq + 1 || entry.runId !== runId) {
        throw brokenOrder(runId, entry, seq);
      }
      seq = entry.seq;
      hash = chainHash(hash, entry);
      const { type, at, stepId = null, attemptNumber = null, payload } = entry;
      this.#insert.run(
        runNumber * KEYS_PER_RUN + seq,
        type,
        at,
        stepId,
        attemptNumber,
        payload,
        leaseEpoch,
        hash,
      );
    }
    if (entries.length > 0) this.#remember(runId, { runNumber, seq, hash, leaseEpoch });
    return seq;
  }

  /** The number of the last entry of a journal; 0 before the first. */
  endOf(runId: string): number {
    return this.#last.get(...keysAfter(this.#runNumber.get(runId) ?? 0, 0))?.seq ?? 0;
  }

  /** The hash that the chain of a journal starts from. */
  originOf(runId: string): string {
    return this.#origin.get(runId) ?? "";
  }

  /** The hash of an entry, or that from which the chain starts for 0. */
  hashAt(runId: string, seq: number): string {
    return this.#startAt(runId, this.#runNumber.get(runId) ?? 0, seq).hash;
  }

  /** The hashes of the `count` entries after `afterSeq`. */
  hashesOf(runId: string, afterSeq: number, count: number): readonly string[] {
    const runNumber = this.#runNumber.get(runId) ?? 0;
    return this.#page.all(...keysAfter(runNumber, afterSeq), count).map((row) => row[6]);
  }

  /**
   * Must be called after a failed transaction and when a run is released, so that the next write
   * reads the end of the journal from the database.
   */
  forgetHead(runId: string): void {
    this.#heads.delete(runId);
  }

  /**
   * Yields the entries after `afterSeq`, page by page. After yielding the entries before the first
   * bad one, throws `journal_damaged` with its number.
   */
  *read(runId: string, afterSeq: number): Generator<readonly JournalEntry[], void, undefined> {
    const leastEnd = this.#leastEnd.get(runId, runId) ?? 0;
    const runNumber = this.#runNumber.get(runId);
    // Retention may remove a run while it is being followed.
    if (runNumber === undefined && afterSeq > 0) throw removedWhileRead(runId);
    let { seq, hash } = this.#startAt(runId, runNumber ?? 0, afterSeq);
    for (;;) {
      const rows = this.#readPage(runId, runNumber ?? 0, seq);
      const entries: JournalEntry[] = [];
      let problem: WorkflowError | undefined;
      for (const row of rows) {
        const entry = row[0] === seq + 1 ? toEntry(runId, row) : undefined;
        const found = entry === undefined ? "" : chainHash(hash, entry);
        if (entry === undefined || found !== row[6]) {
          problem = damagedJournal(runId, seq + 1, seq, problemOf(seq, row));
          break;
        }
        hash = found;
        seq += 1;
        entries.push(entry);
      }
      if (entries.length > 0) yield entries;
      if (problem !== undefined) throw problem;
      if (rows.length < PAGE) break;
    }
    if (seq < leastEnd)
      throw damagedJournal(
        runId,
        seq + 1,
        seq,
        `it is missing, but the run had ${leastEnd} entries`,
      );
  }

  // If SQLite reports the page as damaged, reads row by row to find the last good entry before the
  // damage.
  #readPage(runId: string, runNumber: number, afterSeq: number): readonly EventRow[] {
    try {
      return this.#page.all(...keysAfter(runNumber, afterSeq), PAGE);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    }
    const rows: EventRow[] = [];
    try {
      for (let seq = afterSeq; rows.length < PAGE; seq += 1) {
        const row = this.#page.get(...keysAfter(runNumber, seq), 1);
        if (row === undefined) break;
        rows.push(row);
      }
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      const good = rows.at(-1)?.[0] ?? afterSeq;
      if (rows.length === 0) throw damagedJournal(runId, good + 1, good, "SQLite cannot read it");
    }
    return rows;
  }

  #headOf(runId: string, leaseEpoch: number): Head {
    const known = this.#heads.get(runId);
    // Under an older epoch, another engine may have written in between.
    if (known !== undefined && known.leaseEpoch === leaseEpoch) return known;
    const runNumber = this.#runNumber.get(runId) ?? 0;
    return {
      ...(this.#last.get(...keysAfter(runNumber, 0)) ?? this.#startAt(runId, runNumber, 0)),
      runNumber,
      leaseEpoch,
    };
  }

  #remember(runId: string, head: Head): void {
    if (this.#heads.size >= MAX_HEADS) this.#heads.clear();
    this.#heads.set(runId, head);
  }

  // Where to continue the chain. The hash of the skipped entry is trusted: a reader skips entries
  // only if it has checked them, or has a checkpoint in their place.
  #startAt(
    runId: string,
    runNumber: number,
    afterSeq: number,
  ): { readonly seq: number; readonly hash: string } {
    if (afterSeq === 0) return { seq: 0, hash: this.#origin.get(runId) ?? "" };
    const row = this.#page.get(...keysAfter(runNumber, afterSeq - 1), 1);
    if (row?.[0] !== afterSeq) throw damagedJournal(runId, afterSeq, afterSeq - 1, "it is missing");
    return { seq: afterSeq, hash: row[6] };
  }
}

/** The exclusive bounds of the keys of a run after `seq`. */
function keysAfter(runNumber: number, seq: number): [number, number] {
  return [runNumber * KEYS_PER_RUN + seq, (runNumber + 1) * KEYS_PER_RUN];
}

// Undefined if a column has the wrong type. The hash covers the values.
function toEntry(runId: string, row: EventRow): JournalEntry | undefined {
  const [seq, type, at, stepId, attemptNumber, payload] = row;
  if (typeof type !== "string" || typeof payload !== "string") return undefined;
  if (stepId === null)
    return attemptNumber === null ? { runId, seq, type, at, payload } : undefined;
  return typeof stepId === "string" && attemptNumber !== null
    ? { runId, seq, type, at, payload, stepId, attemptNumber }
    : undefined;
}

function problemOf(seq: number, row: EventRow): string {
  if (row[0] !== seq + 1) return "it is missing";
  return toEntry("", row) === undefined
    ? "a column has the wrong type"
    : "its content does not match its hash";
}
