import type { JournalEntry } from "@automatosx/schemas";
import { chainHash, damagedJournal, removedWhileRead } from "@automatosx/workflow/storage";
import type { Row, Sql } from "../connection/Statement.js";

/** How many rows one statement reads. */
const PAGE = 1024;

/** The first page: a run that has just begun, or the end of a followed journal, is short. */
const FIRST_PAGE = 256;

/** Where a journal begins, or the entry before the ones to read. $1 the run, $2 that entry. */
const START = `
  SELECT run.journal_seq, encode(run.origin_hash, 'hex') AS origin_hash,
    (SELECT encode(hash, 'hex') FROM axw.workflow_journal WHERE run_id = $1 AND seq = $2) AS hash
  FROM axw.workflow_runs run WHERE run.run_id = $1`;

const READ = `
  SELECT seq, type, at, step_id, attempt_number, payload, encode(hash, 'hex') AS hash
  FROM axw.workflow_journal WHERE run_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`;

/**
 * Yields the entries after `afterSeq`, page by page, each checked against the hash chain. Throws
 * `journal_damaged` after the last good entry.
 */
export function* readJournal(
  sql: Sql,
  runId: string,
  afterSeq: number,
): Generator<JournalEntry, void, undefined> {
  const [start] = sql(START, [runId, afterSeq]);
  if (start === undefined) {
    // Retention may remove a run while it is being followed.
    if (afterSeq > 0) throw removedWhileRead(runId);
    return;
  }
  let hash = start[afterSeq === 0 ? "origin_hash" : "hash"] as string | null;
  if (hash === null) throw damagedJournal(runId, afterSeq, afterSeq - 1, "it is missing");
  let seq = afterSeq;
  for (let limit = FIRST_PAGE; ; limit = PAGE) {
    const rows = sql(READ, [runId, seq, limit]);
    for (const row of rows) {
      const entry = entryOf(runId, row);
      if (entry.seq !== seq + 1) throw damagedJournal(runId, seq + 1, seq, "it is missing");
      const found = chainHash(hash, entry);
      if (found !== row["hash"])
        throw damagedJournal(runId, seq + 1, seq, "its content does not match its hash");
      seq = entry.seq;
      hash = found;
      yield entry;
    }
    if (rows.length < limit) break;
  }
  // The row of the run shows that the end is missing, which the chain cannot.
  const [now] = seq < (start["journal_seq"] as number) ? sql(START, [runId, 0]) : [];
  const leastEnd = (now?.["journal_seq"] ?? 0) as number;
  if (seq < leastEnd)
    throw damagedJournal(runId, seq + 1, seq, `it is missing, but the run had ${leastEnd} entries`);
}

function entryOf(runId: string, row: Row): JournalEntry {
  const {
    seq,
    type,
    at,
    step_id: stepId,
    attempt_number: attemptNumber,
    payload,
  } = row as {
    readonly seq: number;
    readonly type: string;
    readonly at: number;
    readonly step_id: string | null;
    readonly attempt_number: number | null;
    readonly payload: string;
  };
  return {
    ...{ runId, seq, type, at, payload },
    ...(stepId !== null && attemptNumber !== null && { stepId, attemptNumber }),
  };
}
