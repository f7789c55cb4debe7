import type { JournalEntry } from "@automatosx/schemas";
import { WorkflowError } from "../../errors.js";
import { isCorrupt } from "./database-error.js";
import { chainHash } from "./hash-chain.js";
import type { Database } from "./open-database.js";

/** In the order of `COLUMNS`: as lists, rows are read in two thirds of the time that objects take. */
type EventRow = readonly [
  seq: number,
  type: string,
  at: number,
  stepId: string | null,
  attemptNumber: number | null,
  payload: string,
  hash: string,
];

interface Head {
  readonly runNumber: number;
  readonly seq: number;
  readonly hash: string;
  readonly leaseEpoch: number;
}

/** How many rows are read at a time: a reader must not hold the database while its caller works. */
const PAGE = 1024;

/** Runs whose end is remembered; those that are written are far fewer. */
const MOST_HEADS = 10_000;

/** A key is `run_number * KEYS_PER_RUN + seq`. */
const KEYS_PER_RUN = 100_000_000;

const COLUMNS =
  "entry_id % 100000000 AS seq, type, at, step_id, attempt_number, payload, lower(hex(hash)) AS hash";

/** The journal's rows, each chained to the one before by sha-256. */
export class JournalDAO {
  readonly #insert;
  readonly #page;
  readonly #last;
  readonly #runNumber;
  readonly #origin;
  readonly #leastEnd;
  /** Where each run that is being written stands, as long as its writer's epoch holds. */
  readonly #heads = new Map<string, Head>();

  constructor(database: Database) {
    this.#insert = database.prepare<
      [number, string, number, string | null, number | null, string, number, string]
    >(
      `INSERT INTO workflow_journal (entry_id, type, at, step_id, attempt_number, payload, lease_epoch, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, unhex(?))`,
    );
    this.#page = database
      .prepare<[number, number, number], EventRow>(
        `SELECT ${COLUMNS} FROM workflow_journal WHERE entry_id > ? AND entry_id < ? ORDER BY entry_id LIMIT ?`,
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

  /** A run that begins in this transaction, under epoch 1. */
  begin(runId: string, runNumber: number, origin: string): void {
    this.#remember(runId, { runNumber, seq: 0, hash: origin, leaseEpoch: 1 });
  }

  /** Inside a transaction, once the epoch is known to hold. Gives the place of the last entry. */
  append(runId: string, leaseEpoch: number, entries: readonly JournalEntry[]): number {
    let { runNumber, seq, hash } = this.#headOf(runId, leaseEpoch);
    for (const entry of entries) {
      if (entry.seq !== seq + 1 || entry.runId !== runId) {
        throw new WorkflowError(
          "internal",
          `Run ${runId}: entry ${entry.seq} of run ${entry.runId} does not follow ${seq}.`,
          { runId },
        );
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

  /** After a transaction that failed, or when a run is let go: the next one reads where the run stands. */
  forgetHead(runId: string): void {
    this.#heads.delete(runId);
  }

  /** The entries after `afterSeq`, page by page. `journal_damaged` names the first entry that does not fit, after those before it. */
  *read(runId: string, afterSeq: number): Generator<readonly JournalEntry[], void, undefined> {
    const leastEnd = this.#leastEnd.get(runId, runId) ?? 0;
    const runNumber = this.#runNumber.get(runId) ?? 0;
    let { seq, hash } = this.#startAt(runId, runNumber, afterSeq);
    for (;;) {
      const rows = this.#readPage(runId, runNumber, seq);
      const entries: JournalEntry[] = [];
      let problem: WorkflowError | undefined;
      for (const row of rows) {
        const entry = row[0] === seq + 1 ? toEntry(runId, row) : undefined;
        const found = entry === undefined ? "" : chainHash(hash, entry);
        if (entry === undefined || found !== row[6]) {
          problem = damaged(runId, seq + 1, seq, whyNot(seq, row));
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
      throw damaged(runId, seq + 1, seq, `it is missing; the run had ${leastEnd}`);
  }

  // A page that SQLite itself finds damaged is read row by row, so that what is good before the damage is known.
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
      if (rows.length === 0) throw damaged(runId, good + 1, good, "SQLite cannot read it");
    }
    return rows;
  }

  #headOf(runId: string, leaseEpoch: number): Head {
    const known = this.#heads.get(runId);
    // Under another epoch someone else may have written in between.
    if (known !== undefined && known.leaseEpoch === leaseEpoch) return known;
    const runNumber = this.#runNumber.get(runId) ?? 0;
    return {
      ...(this.#last.get(...keysAfter(runNumber, 0)) ?? this.#startAt(runId, runNumber, 0)),
      runNumber,
      leaseEpoch,
    };
  }

  #remember(runId: string, head: Head): void {
    if (this.#heads.size >= MOST_HEADS) this.#heads.clear();
    this.#heads.set(runId, head);
  }

  // The chain before an entry: its predecessor's hash is believed, since whoever skips a part has checked or replaced it.
  #startAt(
    runId: string,
    runNumber: number,
    afterSeq: number,
  ): { readonly seq: number; readonly hash: string } {
    if (afterSeq === 0) return { seq: 0, hash: this.#origin.get(runId) ?? "" };
    const row = this.#page.get(...keysAfter(runNumber, afterSeq - 1), 1);
    if (row?.[0] !== afterSeq) throw damaged(runId, afterSeq, afterSeq - 1, "it is missing");
    return { seq: afterSeq, hash: row[6] };
  }
}

/** The keys of a run after a place, as bounds that are not among them. */
function keysAfter(runNumber: number, seq: number): [number, number] {
  return [runNumber * KEYS_PER_RUN + seq, (runNumber + 1) * KEYS_PER_RUN];
}

// Undefined when a column is of another kind. Only those that the hash is made of are looked at; the hash says the rest.
function toEntry(runId: string, row: EventRow): JournalEntry | undefined {
  const [seq, type, at, stepId, attemptNumber, payload] = row;
  if (typeof type !== "string" || typeof payload !== "string") return undefined;
  if (stepId === null)
    return attemptNumber === null ? { runId, seq, type, at, payload } : undefined;
  return typeof stepId === "string" && attemptNumber !== null
    ? { runId, seq, type, at, payload, stepId, attemptNumber }
    : undefined;
}

function whyNot(seq: number, row: EventRow): string {
  if (row[0] !== seq + 1) return "it is missing";
  return toEntry("", row) === undefined
    ? "a column is of another kind"
    : "its content does not match its hash";
}

function damaged(runId: string, seq: number, lastGood: number, why: string): WorkflowError {
  return new WorkflowError(
    "journal_damaged",
    `Run ${runId}: the journal is damaged at entry ${seq}: ${why}. The last good entry is ${lastGood}.`,
    {
      runId,
      remedy:
        "Restore the database from a backup, or take out what is sound with `axw doctor --salvage NEW.db`; nothing of this run was used. " +
        "`axw doctor --verify` checks all runs.",
    },
  );
}
