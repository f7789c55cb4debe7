import type { CheckpointSummary, StoredCheckpoint } from "../StoragePort.js";
import type { Database } from "./open-database.js";
import { RowReader } from "./stored-row.js";

const SUMMARY = "checkpoint_id, run_id, seq, kind, name, created_at, completed_count";
const KINDS = ["automatic", "manual", "step"] as const;

/** Saved states. Whether one is undamaged is for the reader to see, who can pass over it: its sha-256 is over all fields. */
export class CheckpointDAO {
  readonly #insert;
  readonly #get;
  readonly #list;
  readonly #prune;

  constructor(database: Database) {
    this.#insert = database.prepare(
      `INSERT INTO workflow_checkpoints (checkpoint_id, run_id, seq, kind, name, created_at, parent_checkpoint_id, completed_count, payload, sha256)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#get = database.prepare<[string]>(
      `SELECT ${SUMMARY}, parent_checkpoint_id, payload, sha256 FROM workflow_checkpoints WHERE checkpoint_id = ?`,
    );
    this.#list = database.prepare<[string]>(
      `SELECT ${SUMMARY} FROM workflow_checkpoints WHERE run_id = ? ORDER BY seq DESC, checkpoint_id DESC`,
    );
    // A checkpoint that another is the difference to stays: without it the other could not be read. So does one that the run
    // went back to, which its journal names and does not repeat.
    this.#prune = database.prepare<[{ runId: string; keep: number }]>(
      `DELETE FROM workflow_checkpoints WHERE run_id = @runId AND kind = 'automatic'
         AND NOT EXISTS (SELECT 1 FROM workflow_checkpoints child WHERE child.parent_checkpoint_id = workflow_checkpoints.checkpoint_id)
         AND NOT EXISTS (SELECT 1 FROM workflow_events back WHERE back.run_id = @runId AND back.type = 'restore_checkpoint'
                           AND back.payload ->> '$.checkpointId' = workflow_checkpoints.checkpoint_id)
         AND checkpoint_id NOT IN (SELECT checkpoint_id FROM workflow_checkpoints
                                   WHERE run_id = @runId AND kind = 'automatic' ORDER BY seq DESC, checkpoint_id DESC LIMIT @keep)`,
    );
  }

  insert(c: StoredCheckpoint): void {
    const { parentCheckpointId = null, name = null } = c;
    this.#insert.run(c.checkpointId, c.runId, c.seq, c.kind, name, c.createdAt, parentCheckpointId, c.completedCount, c.payload, c.sha256);
  }

  get(checkpointId: string): StoredCheckpoint | undefined {
    const found = this.#get.get(checkpointId);
    if (found === undefined) return undefined;
    const row = new RowReader("workflow_checkpoints", "checkpoint_id", found);
    return {
      ...toSummary(row),
      payload: row.text("payload"),
      sha256: row.text("sha256"),
      ...row.optionalText("parentCheckpointId", "parent_checkpoint_id"),
    };
  }

  list(runId: string): CheckpointSummary[] {
    return this.#list.all(runId).map((row) => toSummary(new RowReader("workflow_checkpoints", "checkpoint_id", row)));
  }

  prune(runId: string, keep: number): number {
    return this.#prune.run({ runId, keep: Math.max(0, keep) }).changes;
  }
}

function toSummary(row: RowReader): CheckpointSummary {
  return {
    checkpointId: row.text("checkpoint_id"),
    runId: row.text("run_id"),
    seq: row.count("seq", 1),
    kind: row.oneOf("kind", KINDS),
    ...row.optionalText("name", "name"),
    createdAt: row.number("created_at"),
    completedCount: row.count("completed_count", 0),
  };
}
