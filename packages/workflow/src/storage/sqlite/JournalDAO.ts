import { createHash } from "node:crypto";
import { WorkflowError } from "../../errors.js";
import type { JournalEntry } from "../StoragePort.js";
import type { Database } from "./open-database.js";

interface EventRow {
  seq: number;
  type: string;
  at: number;
  step_id: string | null;
  attempt_number: number | null;
  payload: string;
  hash: Buffer;
}

interface Head {
  readonly seq: number;
  readonly hash: Buffer;
}

/** How many rows are read at a time, so that a reader does not hold the database while its caller works. */
const PAGE = 1000;

/** The journal's rows, each chained to the one before by sha-256. */
export class JournalDAO {
  readonly #insert;
  readonly #page;
  readonly #last;
  readonly #origin;
  /** Where each run that is being written stands; forgotten when a transaction fails. */
  readonly #heads = new Map<string, Head>();

  constructor(database: Database) {
    this.#insert = database.prepare<[string, number, string, number, string | null, number | null, string, number, Buffer]>(
      "INSERT INTO workflow_events (run_id, seq, type, at, step_id, attempt_number, payload, lease_epoch, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#page = database.prepare<[string, number, number], EventRow>(
      "SELECT seq, type, at, step_id, attempt_number, payload, hash FROM workflow_events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?",
    );
    this.#last = database.prepare<[string], { seq: number; hash: Buffer }>(
      "SELECT seq, hash FROM workflow_events WHERE run_id = ? ORDER BY seq DESC LIMIT 1",
    );
    this.#origin = database.prepare<[string], { definition_hash: string }>("SELECT definition_hash FROM workflow_runs WHERE run_id = ?");
  }

  append(entries: readonly JournalEntry[], leaseEpoch: number): void {
    const [first] = entries;
    if (first === undefined) return;
    let { seq, hash } = this.#heads.get(first.runId) ?? this.#readHead(first.runId);
    for (const entry of entries) {
      if (entry.seq !== seq + 1) {
        throw new WorkflowError("internal", `Run ${entry.runId}: entry ${entry.seq} does not follow ${seq}.`, { runId: entry.runId });
      }
      seq = entry.seq;
      hash = chain(hash, entry);
      this.#insert.run(
        entry.runId,
        seq,
        entry.type,
        entry.at,
        entry.stepId ?? null,
        entry.attemptNumber ?? null,
        entry.payload,
        leaseEpoch,
        hash,
      );
    }
    this.#heads.set(first.runId, { seq, hash });
  }

  /** After a transaction that failed, or when a run is let go. */
  forgetHead(runId: string): void {
    this.#heads.delete(runId);
  }

  *read(runId: string, afterSeq: number): Generator<JournalEntry, void, undefined> {
    let { seq, hash } = afterSeq === 0 ? this.#originOf(runId) : this.#headAt(runId, afterSeq);
    for (;;) {
      const rows = this.#page.all(runId, seq, PAGE);
      for (const row of rows) {
        const entry = toEntry(runId, row);
        const expected = chain(hash, entry);
        if (row.seq !== seq + 1) throw damaged(runId, row.seq, seq, `entry ${seq + 1} is missing`);
        if (!expected.equals(row.hash)) throw damaged(runId, row.seq, seq, "its content does not match its hash");
        seq = row.seq;
        hash = row.hash;
        yield entry;
      }
      if (rows.length < PAGE) return;
    }
  }

  #headAt(runId: string, afterSeq: number): Head {
    const [row] = this.#page.all(runId, afterSeq - 1, 1);
    return row?.seq === afterSeq ? { seq: afterSeq, hash: row.hash } : { seq: afterSeq, hash: Buffer.alloc(32) };
  }

  #readHead(runId: string): Head {
    return this.#last.get(runId) ?? this.#originOf(runId);
  }

  #originOf(runId: string): Head {
    const definitionHash = this.#origin.get(runId)?.definition_hash ?? "";
    return { seq: 0, hash: createHash("sha256").update(`${runId}\n${definitionHash}`).digest() };
  }
}

/** The hash of a row: of the hash before it and every field, each with its length in front. */
function chain(before: Buffer, entry: JournalEntry): Buffer {
  const step = entry.stepId ?? "";
  const head = `${entry.seq} ${entry.type} ${entry.at} ${entry.attemptNumber ?? 0} ${step.length}:${step}${entry.payload.length}:`;
  return createHash("sha256").update(before).update(head).update(entry.payload).digest();
}

function toEntry(runId: string, row: EventRow): JournalEntry {
  const { seq, type, at, step_id: stepId, attempt_number: attemptNumber, payload } = row;
  return { runId, seq, type, at, payload, ...(stepId !== null && { stepId }), ...(attemptNumber !== null && { attemptNumber }) };
}

function damaged(runId: string, seq: number, lastGood: number, why: string): WorkflowError {
  return new WorkflowError(
    "journal_damaged",
    `Run ${runId}: the journal is damaged at entry ${seq}: ${why}. The last good entry is ${lastGood}.`,
    {
      runId,
      remedy: "Restore the database from a backup; nothing of this run was used. `axw doctor --verify` checks all runs.",
    },
  );
}
