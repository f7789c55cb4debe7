import { HALF_REMOVED } from "../half-removed.js";
import { RowReader } from "../RowReader.js";
import { endedRunOf } from "../read-rows.js";
import { REFERENCED_ARTIFACTS, REFERS_TO_ARTIFACTS } from "../referenced-artifacts.js";
import type { EndedRun } from "../StoragePort.js";
import type { Database } from "./open-database.js";

// Besides its content, a row takes space for its columns, ids and index entries. The figures were
// measured on the database file of a run with many steps.
const MEASURE_RUN = `
  SELECT (SELECT 700 + octet_length(inputs) + octet_length(context) FROM workflow_runs
          WHERE run_id = @runId)
    + (SELECT coalesce(sum(octet_length(payload) + 220), 0) FROM workflow_events
       WHERE run_id = @runId)
    + (SELECT coalesce(sum(octet_length(payload) + 450), 0) FROM workflow_checkpoints
       WHERE run_id = @runId)
    + (SELECT coalesce(sum(octet_length(text) + 180), 0) FROM workflow_step_logs
       WHERE run_id = @runId)
    + (SELECT coalesce(sum(octet_length(a.content)), 0)
       FROM workflow_events e
       CROSS JOIN workflow_artifacts a ON a.sha256 IN (${REFERENCED_ARTIFACTS})
       WHERE e.run_id = @runId AND ${REFERS_TO_ARTIFACTS})`;

/** Ended runs, as retention selects them. */
export class RetentionDAO {
  readonly #ended;
  readonly #halfRemoved;
  readonly #measure;

  constructor(database: Database) {
    // Forces this index: with any other, SQLite would sort all runs for each page.
    this.#ended = database.prepare<[{ createdAt: number; runId: string; limit: number }]>(
      `SELECT run_id, workflow_id, status, created_at, finished_at
       FROM workflow_runs INDEXED BY workflow_runs_by_age
       WHERE (created_at, run_id) > (@createdAt, @runId)
         AND status IN ('completed', 'failed', 'cancelled') AND parent_step_id IS NULL
       ORDER BY created_at, run_id LIMIT @limit`,
    );
    this.#halfRemoved = database
      .prepare<[string], string>(
        "SELECT run_id FROM workflow_runs WHERE status = 'cancelled' AND error_code = ?",
      )
      .pluck();
    this.#measure = database.prepare<[{ runId: string }], number>(MEASURE_RUN).pluck();
  }

  /** At most `limit` ended runs that no step of another run started, oldest first, starting after `after`. */
  ended(after: Pick<EndedRun, "createdAt" | "runId"> | undefined, limit: number): EndedRun[] {
    return this.#ended
      .all({ createdAt: after?.createdAt ?? -1, runId: after?.runId ?? "", limit })
      .map((found) => endedRunOf(new RowReader("workflow_runs", "run_id", found)));
  }

  /** The ids of runs whose removal began and did not finish. */
  halfRemoved(): string[] {
    return this.#halfRemoved.all(HALF_REMOVED);
  }

  /** Roughly how many bytes a run takes, including the artifacts that it refers to. */
  measure(runId: string): number {
    return this.#measure.get({ runId }) ?? 0;
  }
}
