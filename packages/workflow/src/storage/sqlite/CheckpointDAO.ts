import type { CheckpointSummary, StoredCheckpoint } from "../StoragePort.js";
import type { Database } from "./open-database.js";

interface CheckpointRow {
  checkpoint_id: string;
  run_id: string;
  seq: number;
  kind: StoredCheckpoint["kind"];
  name: string | null;
  created_at: number;
  parent_checkpoint_id: string | null;
  completed_count: number;
  payload: string;
  sha256: string;
}

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
    this.#get = database.prepare<[string], CheckpointRow>("SELECT * FROM workflow_checkpoints WHERE checkpoint_id = ?");
    this.#list = database.prepare<[string], Omit<CheckpointRow, "payload" | "sha256" | "parent_checkpoint_id">>(
      `SELECT checkpoint_id, run_id, seq, kind, name, created_at, completed_count FROM workflow_checkpoints
       WHERE run_id = ? ORDER BY seq DESC, checkpoint_id DESC`,
    );
    // A checkpoint that another is the difference to stays: without it the other could not be read.
    this.#prune = database.prepare(
      `DELETE FROM workflow_checkpoints WHERE run_id = @runId AND kind = 'automatic'
         AND checkpoint_id NOT IN (SELECT parent_checkpoint_id FROM workflow_checkpoints WHERE run_id = @runId AND parent_checkpoint_id IS NOT NULL)
         AND checkpoint_id NOT IN (SELECT checkpoint_id FROM workflow_checkpoints WHERE run_id = @runId AND kind = 'automatic' ORDER BY seq DESC LIMIT @keep)`,
    );
  }

  insert(c: StoredCheckpoint): void {
    const { parentCheckpointId = null, name = null } = c;
    this.#insert.run(c.checkpointId, c.runId, c.seq, c.kind, name, c.createdAt, parentCheckpointId, c.completedCount, c.payload, c.sha256);
  }

  get(checkpointId: string): StoredCheckpoint | undefined {
    const row = this.#get.get(checkpointId);
    if (row === undefined) return undefined;
    const { payload, sha256, parent_checkpoint_id: parentCheckpointId } = row;
    return { ...toSummary(row), payload, sha256, ...(parentCheckpointId !== null && { parentCheckpointId }) };
  }

  list(runId: string): CheckpointSummary[] {
    return this.#list.all(runId).map(toSummary);
  }

  prune(runId: string, keep: number): number {
    return this.#prune.run({ runId, keep }).changes;
  }
}

function toSummary(row: Omit<CheckpointRow, "payload" | "sha256" | "parent_checkpoint_id">): CheckpointSummary {
  const { checkpoint_id: checkpointId, run_id: runId, seq, kind, name, created_at: createdAt, completed_count: completedCount } = row;
  return { checkpointId, runId, seq, kind, createdAt, completedCount, ...(name !== null && { name }) };
}
