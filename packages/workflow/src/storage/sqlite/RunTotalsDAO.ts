import { RowReader } from "../RowReader.js";
import { runTotalsOf } from "../read-rows.js";
import { DURATION_BOUNDS_MS, type RunTotals } from "../telemetry-rows.js";
import type { Database } from "./open-database.js";

// NULL for a run that has not ended, which then counts nowhere. A clock that was set back may make
// it negative.
const DURATION = "finished_at - created_at";

const UP_TO = DURATION_BOUNDS_MS.map(
  (bound, index) => `coalesce(sum(${DURATION} <= ${bound}), 0) AS up_to_${index}`,
);

// One pass over the table, because no index has all of these columns: an index would cost each run
// more than the totals are worth. For few groups, SQLite sorts little.
const TOTALS = `
  SELECT workflow_id, status, count(*) AS runs, sum(pause_reason IS 'waiting') AS waiting,
    total(max(${DURATION}, 0)) AS duration_ms, ${UP_TO.join(", ")},
    coalesce(sum(attempts), 0) AS attempts, total(tokens) AS tokens, total(usd) AS usd
  FROM workflow_runs NOT INDEXED WHERE parent_step_id IS NULL
  GROUP BY workflow_id, status`;

/** Totals over the runs of a database. */
export class RunTotalsDAO {
  readonly #totals;

  constructor(database: Database) {
    this.#totals = database.prepare<[]>(TOTALS);
  }

  read(): readonly RunTotals[] {
    return this.#totals
      .all()
      .map((found) => runTotalsOf(new RowReader("workflow_runs", "workflow_id", found)));
  }
}
