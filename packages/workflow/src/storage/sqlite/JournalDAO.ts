import { WorkflowError } from "../../errors.js";
import type { JournalEntry } from "../StoragePort.js";
import { isCorrupt } from "./database-error.js";
import { chainHash } from "./hash-chain.js";
import type { Database } from "./open-database.js";

interface EventRow {
  readonly seq: number;
  readonly type: string;
  readonly at: number;
  readonly step_id: string | null;
  readonly attempt_number: number | null;
  readonly payload: string;
  readonly hash: string;
}

interface Head {
  readonly seq: number;
  readonly hash: string;
  readonly leaseEpoch: number;
}

/** How many rows are read at a time: a reader must not hold the database while its caller works. */
const PAGE = 256;

/** Runs whose end is remembered; those that are written are far fewer. */
const MOST_HEADS = 10_000;

const COLUMNS = "seq, type, at, step_id, attempt_number, payload, lower(hex(hash)) AS hash";

/** The journal's rows, each chained to the one before by sha-256. */
export class JournalDAO {
  readonly #insert;
  readonly #page;
  readonly #last;
  readonly #origin;
  readonly #leastEnd;
  /** Where each run that is being written stands, as long as its writer's epoch holds. */
  readonly #heads = new Map<string, Head>();

  constructor(database: Database) {
    this.#insert = database.prepare<[string, number, string, number, string | null, number | null, string, number, string]>(
      `INSERT INTO workflow_events (run_id, seq, type, at, step_id, attempt_number, payload, lease_epoch, hash)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, unhex(?))`,
    );
    this.#page = database.prepare<[string, number, number], EventRow>(
      `SELECT ${COLUMNS} FROM workflow_events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?`,
    );
    this.#last = database.prepare<[string], { seq: number; hash: string }>(
      "SELECT seq, lower(hex(hash)) AS hash FROM workflow_events WHERE run_id = ? ORDER BY seq DESC LIMIT 1",
    );
    this.#origin = database.prepare<[string], string>("SELECT lower(hex(origin_hash)) FROM workflow_runs WHERE run_id = ?").pluck();
    this.#leastEnd = database
      .prepare<[string, string], number | null>(
        `SELECT max((SELECT journal_seq FROM workflow_runs WHERE run_id = ?),
                  coalesce((SELECT max(seq) FROM workflow_checkpoints WHERE run_id = ?), 0))`,
      )
      .pluck();
  }

  /** A run that begins in this transaction, under epoch 1. */
  begin(runId: string, origin: string): void {
    this.#remember(runId, { seq: 0, hash: origin, leaseEpoch: 1 });
  }

  /** Inside a transaction, once the epoch is known to hold. Gives the place of the last entry. */
  append(runId: string, leaseEpoch: number, entries: readonly JournalEntry[]): number {
    let { seq, hash } = this.#headOf(runId, leaseEpoch);
    for (const entry of entries) {
      if (entry.seq !== seq + 1 || entry.runId !== runId) {
        throw new WorkflowError("internal", `Run ${runId}: entry ${entry.seq} of run ${entry.runId} does not follow ${seq}.`, { runId });
      }
      seq = entry.seq;
      hash = chainHash(hash, entry);
      const { type, at, stepId = null, attemptNumber = null, payload } = entry;
      this.#insert.run(runId, seq, type, at, stepId, attemptNumber, payload, leaseEpoch, hash);
    }
    if (entries.length > 0) this.#remember(runId, { seq, hash, leaseEpoch });
    return seq;
  }

  /** After a transaction that failed, or when a run is let go: the next one reads where the run stands. */
  forgetHead(runId: string): void {
    this.#heads.delete(runId);
  }

  /** The entries after `afterSeq`, page by page. `journal_damaged` names the first entry that does not fit. */
  *read(runId: string, afterSeq: number): Generator<JournalEntry, void, undefined> {
    const leastEnd = this.#leastEnd.get(runId, runId) ?? 0;
    let { seq, hash } = this.#startAt(runId, afterSeq);
    for (;;) {
      const rows = this.#readPage(runId, seq);
      for (const row of rows) {
        if (row.seq !== seq + 1) throw damaged(runId, seq + 1, seq, "it is missing");
        const entry = toEntry(runId, row, seq);
        hash = chainHash(hash, entry);
        if (hash !== row.hash) throw damaged(runId, row.seq, seq, "its content does not match its hash");
        seq = row.seq;
        yield entry;
      }
      if (rows.length < PAGE) break;
    }
    if (seq < leastEnd) throw damaged(runId, seq + 1, seq, `it is missing; the run had ${leastEnd}`);
  }

  // A page that SQLite itself finds damaged is read row by row, so that what is good before the damage is known.
  #readPage(runId: string, afterSeq: number): readonly EventRow[] {
    try {
      return this.#page.all(runId, afterSeq, PAGE);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
    }
    const rows: EventRow[] = [];
    try {
      for (let seq = afterSeq; rows.length < PAGE; seq += 1) {
        const row = this.#page.get(runId, seq, 1);
        if (row === undefined) break;
        rows.push(row);
      }
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      const good = rows.at(-1)?.seq ?? afterSeq;
      if (rows.length === 0) throw damaged(runId, good + 1, good, "SQLite cannot read it");
    }
    return rows;
  }

  #headOf(runId: string, leaseEpoch: number): Head {
    const known = this.#heads.get(runId);
    // Under another epoch someone else may have written in between.
    if (known !== undefined && known.leaseEpoch === leaseEpoch) return known;
    return { ...(this.#last.get(runId) ?? this.#startAt(runId, 0)), leaseEpoch };
  }

  #remember(runId: string, head: Head): void {
    if (this.#heads.size >= MOST_HEADS) this.#heads.clear();
    this.#heads.set(runId, head);
  }

  // The chain before an entry: its predecessor's hash is believed, since whoever skips a part has checked or replaced it.
  #startAt(runId: string, afterSeq: number): { readonly seq: number; readonly hash: string } {
    if (afterSeq === 0) return { seq: 0, hash: this.#origin.get(runId) ?? "" };
    const row = this.#page.get(runId, afterSeq - 1, 1);
    if (row?.seq !== afterSeq) throw damaged(runId, afterSeq, afterSeq - 1, "it is missing");
    return row;
  }
}

function toEntry(runId: string, row: EventRow, lastGood: number): JournalEntry {
  const { seq, type, at, step_id: stepId, attempt_number: attemptNumber, payload } = row;
  // Only what the hash is made of has to have the right kind; the hash says the rest.
  if (typeof type !== "string" || typeof payload !== "string" || (stepId !== null && typeof stepId !== "string")) {
    throw damaged(runId, lastGood + 1, lastGood, "a column is not text");
  }
  return { runId, seq, type, at, payload, ...(stepId !== null && { stepId }), ...(attemptNumber !== null && { attemptNumber }) };
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
