import type { TracePosition } from "../StoragePort.js";
import type { Database } from "./open-database.js";

/** How far runs were exported as traces. A run whose row is lost is exported again as a whole. */
export class TraceDAO {
  readonly #get;
  readonly #pending;
  readonly #save;

  constructor(database: Database) {
    this.#get = database.prepare<[string], { seq: number; isPending: number }>(
      "SELECT seq, is_pending AS isPending FROM workflow_traces WHERE run_id = ?",
    );
    this.#pending = database
      .prepare<[number], string>(
        `SELECT run_id FROM workflow_traces INDEXED BY workflow_traces_pending
         WHERE is_pending = 1 LIMIT ?`,
      )
      .pluck();
    this.#save = database.prepare<[number, number, string]>(
      `INSERT INTO workflow_traces (run_id, seq, is_pending)
         SELECT run_id, ?, ? FROM workflow_runs WHERE run_id = ?
       ON CONFLICT (run_id) DO UPDATE SET seq = max(seq, excluded.seq),
         is_pending = excluded.is_pending`,
    );
  }

  get(runId: string): TracePosition | undefined {
    const found = this.#get.get(runId);
    return found && { runId, seq: found.seq, isPending: found.isPending === 1 };
  }

  /** The ids of at most `limit` runs that may have spans to export. */
  pending(limit: number): readonly string[] {
    return this.#pending.all(limit);
  }

  /** A run that was removed has no position. */
  save({ runId, seq, isPending }: TracePosition): void {
    this.#save.run(seq, Number(isPending), runId);
  }
}
