import type { RunStatus } from "@automatosx/workflow";
import { checkOptions } from "@automatosx/workflow/checks";
import {
  ownerOf,
  RowReader,
  RUN_FILTER_CHECKS,
  type RunFilter,
  type RunOwner,
  type StoredDefinition,
  type StoredRun,
  toDefinition,
  toListedRun,
  toRun,
} from "@automatosx/workflow/storage";
import type { Row, Sql } from "../connection/Statement.js";
import {
  FIND_RUNS,
  LIST_CHILD_RUNS,
  LIST_CLAIMABLE,
  LIST_OWNERS,
  LIST_RUNS,
  SELECT_DEFINITION,
  SELECT_RUN,
} from "./run-queries.js";

const STATUSES = ["running", "completed", "failed", "paused", "cancelled"] as const;

/**
 * If the owner's and the reader's clocks differ by less than this, in ms, a lease is shown as its
 * owner wrote it: an instant that is computed again each time would seem to have been renewed.
 */
const SAME_CLOCK_MS = 1000;

/** The rows of definitions and runs. */
export class RunRows {
  readonly #sql: Sql;
  readonly #now: () => number;

  /** `now` is the caller's clock, in which it reads leases. */
  constructor(sql: Sql, now: () => number) {
    this.#sql = sql;
    this.#now = now;
  }

  definition(hash: string): StoredDefinition | undefined {
    const [row] = this.#sql(`${SELECT_DEFINITION} WHERE hash = $1`, [hash]);
    return row && toDefinition(row);
  }

  definitions(): readonly StoredDefinition[] {
    return this.#sql(`${SELECT_DEFINITION} ORDER BY created_at DESC, hash`).map(toDefinition);
  }

  /** Throws `journal_damaged` for a row that fails its checks. */
  get(runId: string): StoredRun | undefined {
    const [row] = this.#read(`${SELECT_RUN} WHERE run.run_id = $1`, [runId]);
    return row && toRun(row);
  }

  find(part: string): readonly StoredRun[] {
    return part === "" ? [] : this.#list(FIND_RUNS, [part]);
  }

  list(filter: RunFilter = {}): readonly StoredRun[] {
    checkOptions<RunFilter>("listRuns", filter, RUN_FILTER_CHECKS);
    const { status = null, workflowId = null, isChild = null, limit = null } = filter;
    return this.#list(LIST_RUNS, [status, workflowId, isChild, limit]);
  }

  children(parentRunId: string): readonly StoredRun[] {
    return this.#list(LIST_CHILD_RUNS, [parentRunId]);
  }

  claimable(
    now: number,
    limit: number,
    isDead?: (owner: RunOwner) => boolean,
  ): readonly StoredRun[] {
    const owners =
      isDead === undefined
        ? []
        : this.#sql(LIST_OWNERS).flatMap(
            (row) => ownerOf(new RowReader("workflow_runs", "owner_id", row)) ?? [],
          );
    const dead = owners.filter((owner) => isDead?.(owner)).map(({ ownerId }) => ownerId);
    const found = this.#list(LIST_CLAIMABLE, [now, limit, dead]);
    return found.filter(({ damage }) => damage === undefined);
  }

  /** Rows that `text` selects with the columns of `SELECT_RUN`. */
  select(text: string, values: readonly unknown[]): readonly StoredRun[] {
    return this.#list(text, values);
  }

  hasGoneBack(runId: string): boolean {
    return (
      this.#sql("SELECT 1 FROM axw.workflow_run_changes WHERE run_id = $1 LIMIT 1", [runId])
        .length > 0
    );
  }

  count(): Record<RunStatus, number> {
    return countsOf(
      this.#sql("SELECT status, count(*) AS count FROM axw.workflow_runs GROUP BY status"),
    );
  }

  countChildren(): Record<RunStatus, number> {
    return countsOf(
      this.#sql(
        `SELECT status, count(*) AS count FROM axw.workflow_runs
         WHERE parent_run_id IS NOT NULL AND parent_step_id IS NOT NULL GROUP BY status`,
      ),
    );
  }

  #list(text: string, values: readonly unknown[]): readonly StoredRun[] {
    return this.#read(text, values).map(toListedRun);
  }

  #read(text: string, values: readonly unknown[]): readonly Row[] {
    const now = this.#now();
    return this.#sql(text, values).map((row) => ({ ...row, lease_until: leaseUntil(row, now) }));
  }
}

/** Translates the end of a lease from the clock of the database into that of the caller. */
export function leaseUntil(row: Row, now: number): number | null {
  const {
    lease_until: given,
    lease_expires: expires,
    database_now: databaseNow,
  } = row as {
    readonly lease_until: number | null;
    readonly lease_expires: number | null;
    readonly database_now: number;
  };
  if (given === null || expires === null) return null;
  const translated = expires - databaseNow + now;
  return Math.abs(translated - given) < SAME_CLOCK_MS ? given : translated;
}

/** Counts from rows with the columns `status` and `count`. */
export function countsOf(rows: readonly Row[]): Record<RunStatus, number> {
  const counts = { running: 0, completed: 0, failed: 0, paused: 0, cancelled: 0 };
  for (const found of rows) {
    const row = new RowReader("workflow_runs", "status", found);
    counts[row.oneOf("status", STATUSES)] = row.count("count", 0);
  }
  return counts;
}
