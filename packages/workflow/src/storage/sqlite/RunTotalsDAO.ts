import { RUN_STATUSES } from "@automatosx/schemas/run-status";
import { DURATION_BOUNDS_MS, type RunTotals } from "../telemetry-rows.js";
import type { Database } from "./open-database.js";
import { RowReader } from "./RowReader.js";

const DURATION = "max(finished_at - created_at, 0)";

const GROUP = DURATION_BOUNDS_MS.map(
  (bound, index) => `WHEN ${DURATION} <= ${bound} THEN ${index}`,
);

const HAS_ENDED = "status IN ('completed', 'failed', 'cancelled') AND finished_at IS NOT NULL";

// One pass over the table, because no index has all of these columns: an index would cost each run
// more than the totals are worth.
const TOTALS = `
  SELECT workflow_id, status,
    CASE WHEN ${HAS_ENDED} THEN CASE ${GROUP.join(" ")} ELSE ${DURATION_BOUNDS_MS.length} END END
      AS duration_group,
    count(*) AS runs, sum(pause_reason IS 'waiting') AS waiting,
    total(iif(${HAS_ENDED}, ${DURATION}, 0)) AS duration_ms,
    sum(coalesce(attempts, 0)) AS attempts, total(tokens) AS tokens, total(usd) AS usd
  FROM workflow_runs NOT INDEXED WHERE parent_step_id IS NULL
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`;

/** Totals over the runs of a database. */
export class RunTotalsDAO {
  readonly #totals;

  constructor(database: Database) {
    this.#totals = database.prepare<[]>(TOTALS);
  }

  read(): readonly RunTotals[] {
    return this.#totals.all().map((found) => {
      const row = new RowReader("workflow_runs", "workflow_id", found);
      return {
        workflowId: row.text("workflow_id"),
        status: row.oneOf("status", RUN_STATUSES),
        ...(row.isEmpty("duration_group") ? {} : { durationGroup: row.count("duration_group", 0) }),
        runs: row.count("runs", 1),
        waiting: row.count("waiting", 0),
        durationMs: row.number("duration_ms"),
        used: {
          attempts: row.count("attempts", 0),
          tokens: row.number("tokens"),
          usd: row.number("usd"),
        },
      };
    });
  }
}
