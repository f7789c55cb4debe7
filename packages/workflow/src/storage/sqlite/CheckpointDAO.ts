import { WorkflowError } from "../../errors.js";
import { RowReader } from "../RowReader.js";
import { checkpointSummaryOf } from "../read-rows.js";
import type { CheckpointRewrite, CheckpointSummary, StoredCheckpoint } from "../StoragePort.js";
import type { Database } from "./open-database.js";

const SUMMARY = "checkpoint_id, run_id, seq, kind, name, created_at, completed_count";
const NEWEST_FIRST = "ORDER BY seq DESC, checkpoint_id DESC";

/**
 * Saved states of runs. The reader checks each one against its SHA-256, which covers all fields,
 * and does not depend on a damaged one.
 */
export class CheckpointDAO {
  readonly #insert;
  readonly #get;
  readonly #list;
  readonly #countIndexed;
  readonly #listUnindexed;
  readonly #referenced;
  readonly #runsWithMoreThan;
  readonly #hashOf;
  readonly #replace;
  readonly #remove;
  readonly #hasChild;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO workflow_checkpoints (checkpoint_id, run_id, seq, kind, name, created_at,
         parent_checkpoint_id, completed_count, payload, sha256)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#get = database.prepare<[string]>(
      `SELECT ${SUMMARY}, parent_checkpoint_id, payload, sha256
       FROM workflow_checkpoints WHERE checkpoint_id = ?`,
    );
    // Uses the index only to find rows, because no hash covers it. Without the two steps, SQLite
    // would also return columns stored in the index.
    this.#list = database.prepare<[string]>(
      `WITH chosen AS MATERIALIZED (
         SELECT rowid AS place FROM workflow_checkpoints INDEXED BY workflow_checkpoints_by_run
         WHERE run_id = ?)
       SELECT ${SUMMARY} FROM chosen
       CROSS JOIN workflow_checkpoints c ON c.rowid = chosen.place ${NEWEST_FIRST}`,
    );
    // Compares two indices, because no hash covers either. Both are read from end to end, because a
    // search in a damaged index can end anywhere; the plus signs prevent SQLite from searching. The
    // sum detects an entry that appears twice in place of a missing one.
    this.#countIndexed = database
      .prepare<[string], number | null>(
        `SELECT CASE WHEN
           (SELECT count(*) || ' ' || sum(rowid)
            FROM workflow_checkpoints INDEXED BY sqlite_autoindex_workflow_checkpoints_1
            WHERE +checkpoint_id IS NOT NULL)
           IS count(*) || ' ' || sum(c.rowid) THEN sum(+c.run_id = ?) END
         FROM workflow_checkpoints c INDEXED BY workflow_checkpoints_by_run
         WHERE +c.run_id IN (SELECT run_id FROM workflow_runs)`,
      )
      .pluck();
    this.#listUnindexed = database.prepare<[string]>(
      `SELECT ${SUMMARY} FROM workflow_checkpoints NOT INDEXED WHERE run_id = ? ${NEWEST_FIRST}`,
    );
    this.#referenced = database
      .prepare<[{ runId: string }], string>(
        `SELECT payload ->> '$.checkpointId' FROM workflow_events
          WHERE run_id = @runId AND type = 'restore_checkpoint'
         UNION SELECT parent_checkpoint_id FROM workflow_runs
          WHERE parent_run_id = @runId AND parent_checkpoint_id IS NOT NULL`,
      )
      .pluck();
    this.#runsWithMoreThan = database
      .prepare<[number], string>(
        "SELECT run_id FROM workflow_checkpoints GROUP BY run_id HAVING count(*) > ?",
      )
      .pluck();
    this.#hashOf = database
      .prepare<[string, string], string>(
        "SELECT sha256 FROM workflow_checkpoints WHERE checkpoint_id = ? AND run_id = ?",
      )
      .pluck();
    this.#replace = database.prepare<[string | null, string, string, string]>(
      `UPDATE workflow_checkpoints SET parent_checkpoint_id = ?, payload = ?, sha256 = ?
       WHERE checkpoint_id = ?`,
    );
    this.#remove = database.prepare<[string]>(
      "DELETE FROM workflow_checkpoints WHERE checkpoint_id = ?",
    );
    this.#hasChild = database
      .prepare<[string], unknown>(
        "SELECT 1 FROM workflow_checkpoints WHERE parent_checkpoint_id = ? LIMIT 1",
      )
      .pluck();
  }

  insert(c: StoredCheckpoint): void {
    const { parentCheckpointId = null, name = null } = c;
    this.#insert.run(
      c.checkpointId,
      c.runId,
      c.seq,
      c.kind,
      name,
      c.createdAt,
      parentCheckpointId,
      c.completedCount,
      c.payload,
      c.sha256,
    );
  }

  get(checkpointId: string): StoredCheckpoint | undefined {
    const found = this.#get.get(checkpointId);
    if (found === undefined) return undefined;
    const row = new RowReader("workflow_checkpoints", "checkpoint_id", found);
    // A search in a damaged index may end at another row.
    if (row.text("checkpoint_id") !== checkpointId) return undefined;
    return {
      ...checkpointSummaryOf(row),
      payload: row.text("payload"),
      sha256: row.text("sha256"),
      ...row.optionalText("parentCheckpointId", "parent_checkpoint_id"),
    };
  }

  /** Newest first. A damaged row may contain the id of another run. */
  list(runId: string): CheckpointSummary[] {
    return this.#list.all(runId).map(toListed);
  }

  /**
   * Like `list`, but correct even if an index is damaged and hides checkpoints or returns those of
   * other runs. Takes time proportional to the checkpoints of all runs.
   */
  scan(runId: string): CheckpointSummary[] {
    const listed = this.list(runId);
    const found = new Map(listed.map((summary) => [summary.checkpointId, summary]));
    // Null if the two indices disagree.
    const indexed = this.#countIndexed.get(runId);
    if (
      found.size === listed.length &&
      listed.every((summary) => summary.runId === runId) &&
      indexed === listed.length
    )
      return listed;
    for (const summary of this.#listUnindexed.all(runId).map(toListed))
      found.set(summary.checkpointId, summary);
    // If the two indices agree, they are right, and the schema points to the wrong page for the
    // table.
    if (typeof indexed === "number" && found.size < indexed)
      throw missingCheckpoints(runId, indexed - found.size);
    return [...found.values()].sort(
      (a, b) => b.seq - a.seq || (a.checkpointId < b.checkpointId ? 1 : -1),
    );
  }

  /** The checkpoints that the run restored, and those that other runs were forked from. */
  referenced(runId: string): string[] {
    return this.#referenced.all({ runId });
  }

  runsWithMoreThan(count: number): string[] {
    return this.#runsWithMoreThan.all(count);
  }

  /**
   * Must be called inside a transaction: a run that restores a checkpoint cannot be read without
   * it. Throws `checkpoint_not_found`.
   */
  assertExists(runId: string, checkpointId: string): void {
    if (this.#hashOf.get(checkpointId, runId) !== undefined) return;
    throw new WorkflowError(
      "checkpoint_not_found",
      `Checkpoint ${checkpointId} was removed before run ${runId} could restore it.`,
      { runId, remedy: "Restore another of the run's checkpoints." },
    );
  }

  /** Must be called inside a transaction, which must be rolled back if this returns false. */
  rewrite({ runId, expected, rewritten, removed }: CheckpointRewrite): boolean {
    for (const [checkpointId, sha256] of expected)
      if (this.#hashOf.get(checkpointId, runId) !== sha256) return false;
    const referenced = new Set(this.referenced(runId));
    if (removed.some((checkpointId) => referenced.has(checkpointId))) return false;
    for (const c of rewritten)
      this.#replace.run(c.parentCheckpointId ?? null, c.payload, c.sha256, c.checkpointId);
    for (const checkpointId of removed) this.#remove.run(checkpointId);
    return removed.every((checkpointId) => this.#hasChild.get(checkpointId) === undefined);
  }
}

function missingCheckpoints(runId: string, count: number): WorkflowError {
  const checkpoints = `${count} checkpoint${count === 1 ? "" : "s"}`;
  return new WorkflowError(
    "database_unusable",
    `The database is damaged: ${checkpoints} of run ${runId} cannot be found.`,
    {
      runId,
      remedy:
        "Keep the file unchanged and restore a backup, or salvage the intact data into a new file.",
      suggestion: { action: "salvage_database" },
    },
  );
}

function toListed(row: unknown): CheckpointSummary {
  return checkpointSummaryOf(new RowReader("workflow_checkpoints", "checkpoint_id", row));
}
