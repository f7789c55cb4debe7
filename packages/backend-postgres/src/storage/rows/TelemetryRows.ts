import {
  type CachedResult,
  DURATION_BOUNDS_MS,
  RowReader,
  type RunTotals,
  runTotalsOf,
  type TracePosition,
} from "@automatosx/workflow/storage";
import type { Sql } from "../connection/Statement.js";
import { encodeJson } from "../connection/text-codec.js";

// NULL for a run that has not ended, which then counts nowhere.
const DURATION = "finished_at - created_at";

const UP_TO = DURATION_BOUNDS_MS.map(
  (bound, index) => `count(*) FILTER (WHERE ${DURATION} <= ${bound}) AS up_to_${index}`,
);

const TOTALS = `
  SELECT workflow_id, status, count(*) AS runs,
    count(*) FILTER (WHERE pause_reason = 'waiting') AS waiting,
    coalesce(sum(greatest(${DURATION}, 0)) FILTER (WHERE finished_at IS NOT NULL), 0)
      AS duration_ms,
    ${UP_TO.join(", ")}, coalesce(sum(attempts), 0)::bigint AS attempts,
    coalesce(sum(tokens), 0) AS tokens, coalesce(sum(usd), 0) AS usd
  FROM axw.workflow_runs WHERE parent_step_id IS NULL
  GROUP BY workflow_id, status ORDER BY workflow_id COLLATE "C", status COLLATE "C"`;

const SAVE = `
  INSERT INTO axw.workflow_traces AS kept (run_id, seq, is_pending)
  SELECT t.run_id, t.seq, t.is_pending
  FROM json_to_recordset($1::json) AS t (run_id text, seq integer, is_pending boolean)
  JOIN axw.workflow_runs run ON run.run_id = t.run_id
  ON CONFLICT (run_id) DO UPDATE SET seq = greatest(kept.seq, excluded.seq),
    is_pending = excluded.is_pending`;

/** Totals over runs, how far runs were exported as traces, and where the newest results are. */
export class TelemetryRows {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  totals(): readonly RunTotals[] {
    return this.#sql(TOTALS).map((found) =>
      runTotalsOf(new RowReader("workflow_runs", "workflow_id", found)),
    );
  }

  tracePosition(runId: string): TracePosition | undefined {
    const [row] = this.#sql("SELECT seq, is_pending FROM axw.workflow_traces WHERE run_id = $1", [
      runId,
    ]);
    return row && { runId, seq: row["seq"] as number, isPending: row["is_pending"] as boolean };
  }

  pendingTraces(limit: number): readonly string[] {
    return this.#sql("SELECT run_id FROM axw.workflow_traces WHERE is_pending LIMIT $1", [
      limit,
    ]).map((row) => String(row["run_id"]));
  }

  /** A run that was removed has no position. */
  saveTracePositions(positions: readonly TracePosition[]): void {
    const newest = new Map(positions.map((position) => [position.runId, position]));
    const rows = [...newest.values()].map(({ runId, seq, isPending }) => ({
      ...{ run_id: runId, seq, is_pending: isPending },
    }));
    this.#sql(SAVE, [encodeJson(rows)]);
  }

  cachedResult(key: string): CachedResult | undefined {
    const [row] = this.#sql(
      "SELECT run_id, seq, at FROM axw.workflow_result_cache WHERE key = $1",
      [key],
    );
    return (
      row && {
        runId: String(row["run_id"]),
        seq: row["seq"] as number,
        at: row["at"] as number,
      }
    );
  }
}
