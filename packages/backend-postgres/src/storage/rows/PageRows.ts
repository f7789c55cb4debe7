import { checkOptions } from "@automatosx/workflow/checks";
import {
  RUN_SEARCH_CHECKS,
  type RunPage,
  type RunPosition,
  type RunSearch,
  type RunTally,
} from "@automatosx/workflow/storage";
import type { Sql } from "../connection/Statement.js";
import { countsOf, type RunRows } from "./RunRows.js";
import { NEWEST_FIRST, SELECT_RUN } from "./run-queries.js";

/** How many runs one page, or one tally that has to look at runs, looks at. */
const MAX_LOOKED_AT = 5_000;

/** Later than every instant that a row may have. */
const END_OF_TIME = 1e16;

// In the collation C, `lower` changes ASCII letters only, as the text it is compared with.
const has = (column: string): string => `position($4 IN lower(${column} COLLATE "C")) > 0`;

const MATCHES = `
  ($2::text IS NULL OR run.workflow_id = $2)
  AND ($3::boolean IS NULL OR (run.parent_step_id IS NOT NULL) = $3)
  AND ($4::text IS NULL OR ${has("run.run_id")} OR ${has("run.workflow_id")}
    OR ${has("coalesce(run.error, '')")} OR ${has("run.inputs")}
    OR run.definition_hash IN (SELECT hash FROM axw.workflow_definitions WHERE ${has("name")}))`;

const WITHIN = `($1::text IS NULL OR run.status = $1)
  AND run.created_at >= $5 AND run.created_at < $6`;

// The runs after a position, at most as many as a page looks at. They come from the index one by
// one, so a page that is full early looks at few.
const LOOKED_AT = `
  SELECT run.* FROM axw.workflow_runs run
  WHERE ${WITHIN} AND (run.created_at, run.run_id) < ($7, $8)
  ${NEWEST_FIRST} LIMIT ${MAX_LOOKED_AT}`;

const PAGE = `
  SELECT run.run_id, run.created_at FROM (${LOOKED_AT}) run
  WHERE ${MATCHES} ${NEWEST_FIRST} LIMIT $9`;

// $2 to $4 and $9 are not used: each statement of a search has the same values.
const LAST_LOOKED_AT = `
  SELECT run.run_id, run.created_at FROM (${LOOKED_AT}) run
  WHERE coalesce($2::text, $3::boolean::text, $4::text, $9::integer::text, '') IS NOT NULL
  ${NEWEST_FIRST} OFFSET ${MAX_LOOKED_AT - 1} LIMIT 1`;

const ROWS = `${SELECT_RUN} WHERE run.run_id = ANY ($1::text[]) ${NEWEST_FIRST}`;

const TALLY = `
  SELECT run.status, count(*) FILTER (WHERE ${MATCHES}) AS count, count(*) AS looked_at
  FROM (SELECT run.* FROM axw.workflow_runs run WHERE ${WITHIN} ${NEWEST_FIRST} LIMIT $7) run
  GROUP BY run.status`;

/** Pages of lists of runs. */
export class PageRows {
  readonly #sql: Sql;
  readonly #runs: RunRows;

  constructor(sql: Sql, runs: RunRows) {
    this.#sql = sql;
    this.#runs = runs;
  }

  page(search: RunSearch, limit: number, after?: RunPosition): RunPage {
    checkOptions<RunSearch>("pageRuns", search, RUN_SEARCH_CHECKS);
    // Later than every id: an id contains no character after those of Unicode.
    const { createdAt = END_OF_TIME, runId = "\u{10ffff}" } = after ?? {};
    const values = [...searchValues(search), createdAt, runId, limit + 1];
    const found = this.#sql(PAGE, values).map(positionOf);
    const shown = found.slice(0, limit);
    // One more than the page shows that others follow; so does a page that gave up looking.
    const [last] =
      found.length > limit ? shown.slice(-1) : this.#sql(LAST_LOOKED_AT, values).map(positionOf);
    const runs = this.#runs.select(ROWS, [shown.map((position) => position.runId)]);
    return { runs, ...(last !== undefined && { next: last }) };
  }

  tally(search: RunSearch): RunTally {
    checkOptions<RunSearch>("tallyRuns", search, RUN_SEARCH_CHECKS);
    const isCounted = search.text === undefined && search.workflowId === undefined;
    const most = isCounted ? null : MAX_LOOKED_AT;
    const rows = this.#sql(TALLY, [...searchValues(search), most]);
    const lookedAt = rows.reduce((sum, row) => sum + (row["looked_at"] as number), 0);
    return { counts: countsOf(rows), isCut: !isCounted && lookedAt >= MAX_LOOKED_AT };
  }
}

function searchValues(search: RunSearch): readonly unknown[] {
  const { status = null, workflowId = null, isChild = null, text, createdFrom = 0 } = search;
  const { createdBefore = END_OF_TIME } = search;
  return [status, workflowId, isChild, text?.toLowerCase() ?? null, createdFrom, createdBefore];
}

function positionOf(row: Readonly<Record<string, unknown>>): RunPosition {
  return { createdAt: row["created_at"] as number, runId: row["run_id"] as string };
}
