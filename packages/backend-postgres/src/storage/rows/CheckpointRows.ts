import {
  type CheckpointRewrite,
  type CheckpointSummary,
  checkpointSummaryOf,
  RowReader,
  type StoredCheckpoint,
} from "@automatosx/workflow/storage";
import type { Row, Sql } from "../connection/Statement.js";
import { encodeJson } from "../connection/text-codec.js";

const SUMMARY = "checkpoint_id, run_id, seq, kind, name, created_at, completed_count";

// Checkpoints that a run restored, or that another run was forked from. $1 the run. To read the id
// as text, PostgreSQL would decode the whole entry, which may contain an escaped NUL.
const REFERENCED = `
  SELECT trim(BOTH '"' FROM (payload::json -> 'checkpointId')::text) AS checkpoint_id
  FROM axw.workflow_journal
  WHERE run_id = $1 AND type = 'restore_checkpoint'
  UNION SELECT parent_checkpoint_id FROM axw.workflow_runs
  WHERE parent_run_id = $1 AND parent_checkpoint_id IS NOT NULL`;

// One statement, so that it is one transaction. The row of the run is locked, because commits that
// restore or write checkpoints lock it too. The last two conditions of `allowed` leave no
// checkpoint whose parent is removed.
const REWRITE = `
  WITH run AS MATERIALIZED (SELECT run_id FROM axw.workflow_runs WHERE run_id = $1 FOR UPDATE),
  rewritten AS (
    SELECT * FROM json_to_recordset($3::json)
      AS r (checkpoint_id text, parent_checkpoint_id text, payload text, sha256 text)),
  allowed AS MATERIALIZED (
    SELECT 1 FROM run
    WHERE NOT EXISTS (
      SELECT 1 FROM json_to_recordset($2::json) AS e (checkpoint_id text, sha256 text)
      WHERE NOT EXISTS (
        SELECT 1 FROM axw.workflow_checkpoints c
        WHERE c.checkpoint_id = e.checkpoint_id AND c.run_id = $1 AND c.sha256 = e.sha256))
    AND NOT EXISTS (
      SELECT 1 FROM (${REFERENCED}) referenced WHERE referenced.checkpoint_id = ANY ($4::text[]))
    AND NOT EXISTS (
      SELECT 1 FROM axw.workflow_checkpoints c
      WHERE c.parent_checkpoint_id = ANY ($4::text[]) AND c.checkpoint_id <> ALL ($4::text[])
        AND NOT EXISTS (SELECT 1 FROM rewritten r WHERE r.checkpoint_id = c.checkpoint_id))
    AND NOT EXISTS (SELECT 1 FROM rewritten r WHERE r.parent_checkpoint_id = ANY ($4::text[]))),
  changed AS (
    UPDATE axw.workflow_checkpoints c
    SET parent_checkpoint_id = r.parent_checkpoint_id, payload = r.payload, sha256 = r.sha256
    FROM rewritten r WHERE c.checkpoint_id = r.checkpoint_id AND EXISTS (SELECT 1 FROM allowed)),
  gone AS (
    DELETE FROM axw.workflow_checkpoints
    WHERE checkpoint_id = ANY ($4::text[]) AND EXISTS (SELECT 1 FROM allowed))
  SELECT 1 FROM allowed`;

/** Saved states of runs. The reader checks each one against its SHA-256. */
export class CheckpointRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  get(checkpointId: string): StoredCheckpoint | undefined {
    const [found] = this.#sql(
      `SELECT ${SUMMARY}, parent_checkpoint_id, payload, sha256
       FROM axw.workflow_checkpoints WHERE checkpoint_id = $1`,
      [checkpointId],
    );
    if (found === undefined) return undefined;
    const row = new RowReader("workflow_checkpoints", "checkpoint_id", found);
    return {
      ...toSummary(found),
      payload: row.text("payload"),
      sha256: row.text("sha256"),
      ...row.optionalText("parentCheckpointId", "parent_checkpoint_id"),
    };
  }

  /** Newest first. */
  list(runId: string): readonly CheckpointSummary[] {
    return this.#sql(
      `SELECT ${SUMMARY} FROM axw.workflow_checkpoints WHERE run_id = $1
       ORDER BY seq DESC, checkpoint_id COLLATE "C" DESC`,
      [runId],
    ).map(toSummary);
  }

  referenced(runId: string): readonly string[] {
    return this.#sql(REFERENCED, [runId]).map((row) => String(row["checkpoint_id"]));
  }

  runsWithMoreThan(count: number): readonly string[] {
    return this.#sql(
      "SELECT run_id FROM axw.workflow_checkpoints GROUP BY run_id HAVING count(*) > $1",
      [count],
    ).map((row) => String(row["run_id"]));
  }

  rewrite({ runId, expected, rewritten, removed }: CheckpointRewrite): boolean {
    const expectedRows = [...expected].map(([id, sha256]) => ({ checkpoint_id: id, sha256 }));
    const rewrittenRows = rewritten.map((c) => ({
      checkpoint_id: c.checkpointId,
      parent_checkpoint_id: c.parentCheckpointId ?? null,
      payload: c.payload,
      sha256: c.sha256,
    }));
    const values = [runId, encodeJson(expectedRows), encodeJson(rewrittenRows), removed];
    return this.#sql(REWRITE, values).length > 0;
  }
}

function toSummary(found: Row): CheckpointSummary {
  return checkpointSummaryOf(new RowReader("workflow_checkpoints", "checkpoint_id", found));
}
