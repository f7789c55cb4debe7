import {
  isHeldByAnother,
  type NoticeClaim,
  type NoticePosition,
  type NoticeReceiver,
  type NoticeRow,
  type NoticeStorage,
  noticePositionOf,
} from "@automatosx/workflow/storage";
import type { Row, Sql } from "../connection/Statement.js";
import { encodeJson } from "../connection/text-codec.js";

const ADD = `
  INSERT INTO axw.workflow_notices (run_id, receiver, name, seq)
  SELECT n.run_id, n.receiver, n.name, n.seq
  FROM json_to_recordset($1::json) AS n (run_id text, receiver text, name text, seq integer)
  ON CONFLICT (run_id, receiver) DO NOTHING`;

const OF_RUN = "SELECT * FROM axw.workflow_notices WHERE run_id = $1 ORDER BY receiver";

const UNSETTLED = `
  SELECT n.* FROM axw.workflow_notices n JOIN axw.workflow_runs run ON run.run_id = n.run_id
  WHERE n.seq < run.journal_seq OR n.given_up > 0
  ORDER BY run.created_at, n.run_id, n.receiver`;

// Only if the holder is still the one that was read: $4.
const HOLD = `
  UPDATE axw.workflow_notices SET holder = $2, held_until = $3
  WHERE run_id = $1 AND coalesce(holder, '') = ANY ($4::text[]) RETURNING receiver`;

const RECORD = `
  UPDATE axw.workflow_notices
  SET seq = $3, part = $4, failures = $5, given_up = $6, due_at = $7, error = $8
  WHERE run_id = $1 AND receiver = $2`;

/** How far the notices of runs came to their receivers. */
export class PostgresNotices implements NoticeStorage {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  add(receivers: readonly NoticeReceiver[]): void {
    const rows = receivers.map(({ runId, receiver, name, seq }) => ({
      ...{ run_id: runId, receiver, name, seq },
    }));
    this.#sql(ADD, [encodeJson(rows)]);
  }

  ofRun(runId: string): readonly NoticePosition[] {
    return this.#sql(OF_RUN, [runId]).map(positionOf);
  }

  unsettled(): readonly NoticePosition[] {
    return this.#sql(UNSETTLED).map(positionOf);
  }

  claim(claim: NoticeClaim): boolean {
    const { runId, owner, heldUntil } = claim;
    for (;;) {
      const rows = this.#sql(OF_RUN, [runId]) as unknown as readonly NoticeRow[];
      if (isHeldByAnother(rows, claim)) return false;
      const seen = rows.map(({ holder }) => holder ?? "");
      const held = this.#sql(HOLD, [runId, JSON.stringify(owner), heldUntil, seen]);
      if (held.length === rows.length) return true;
    }
  }

  release(runId: string, ownerId: string): void {
    this.#sql(
      `UPDATE axw.workflow_notices SET holder = NULL, held_until = NULL
       WHERE run_id = $1 AND holder::json ->> 'ownerId' = $2`,
      [runId, ownerId],
    );
  }

  record(position: Omit<NoticePosition, "name">): void {
    const { runId, receiver, seq, part, failures, givenUp, dueAt, error } = position;
    this.#sql(RECORD, [
      ...[runId, receiver, seq, part, failures, givenUp, dueAt ?? null, error ?? null],
    ]);
  }
}

function positionOf(found: Row): NoticePosition {
  return noticePositionOf(found as unknown as NoticeRow);
}
