import { RUN_STATUSES } from "@automatosx/schemas/run-status";

/** The SQL of `WorkflowDAO` that is longer than a line or two. */

export const SELECT_DEFINITION = `
  SELECT hash, workflow_id, name, version, format, source, definition, step_count, created_at,
    lower(hex(row_hash)) AS row_hash
  FROM workflow_definitions`;

export const INSERT_DEFINITION = `
  INSERT INTO workflow_definitions
    (hash, workflow_id, name, version, format, source, definition, step_count, created_at, row_hash)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, unhex(?)) ON CONFLICT (hash) DO NOTHING`;

/** The definition that a run came to last; NULL if it still has its first one. */
const LATER_DEFINITION = `SELECT later.definition_hash FROM workflow_run_definitions later
    WHERE later.run_id = run.run_id ORDER BY later.seq DESC LIMIT 1`;

/** The columns of a whole row of a run, beside those of its definition. */
export const COLUMNS = `
    run.run_id, run.workflow_id, run.definition_hash, run.state, run.status, run.inputs,
    run.context, run.error, run.error_code, run.created_at, run.started_from, run.updated_at,
    run.finished_at, run.pause_reason, run.wake_at, run.attempts, run.tokens, run.usd,
    run.journal_seq, run.backend, run.parent_run_id, run.parent_checkpoint_id, run.parent_step_id,
    run.owner_id, run.owner_host, run.owner_pid, run.owner_process_start, run.owner_machine,
    run.lease_until, run.lease_epoch, run.failed_recoveries, run.recovery_error,
    lower(hex(run.origin_hash)) AS origin_hash,
    definition.name AS workflow_name, definition.version AS workflow_version,
    definition.step_count AS step_count, (${LATER_DEFINITION}) AS current_definition_hash`;

// LEFT, so that a run whose definition is missing is reported instead of omitted.
export const DEFINITION_OF_RUN = `LEFT JOIN workflow_definitions definition
    ON definition.hash = coalesce((${LATER_DEFINITION}), run.definition_hash)`;

const NEWEST_FIRST = "ORDER BY run.created_at DESC, run.run_id DESC";

/** Selects whole rows of runs, each with its present definition. */
export const SELECT_RUN = `SELECT ${COLUMNS} FROM workflow_runs run ${DEFINITION_OF_RUN}`;

export const GET_RUN = `
  ${SELECT_RUN}
  WHERE run.run_number = (SELECT run_number FROM workflow_runs WHERE run_id = ?)`;

export const FIND_RUNS = `
  ${SELECT_RUN}
  WHERE instr(run.run_id, @part) > 0 AND run.parent_step_id IS NULL
  ${NEWEST_FIRST} LIMIT @limit`;

/** The filters for a list of runs; null where there is none. */
export interface ListParameters {
  readonly status: string | null;
  readonly workflowId: string | null;
  /** 1 for the runs that a step of another run started, 0 for all others. */
  readonly isChild: number | null;
  /** -1, SQLite's word for no limit, or the largest number of rows. */
  readonly limit: number;
}

/**
 * Lists runs by an index (`INDEXED BY …`), or by none (`NOT INDEXED`).
 *
 * The query uses the index only to find runs, because no hash covers an index: without the two
 * steps, SQLite would also return columns stored in the index. It reads the index from end to end,
 * because a search in a damaged index can end anywhere; the plus sign prevents SQLite from
 * searching.
 */
export const listRunsSql = (index: string): string => `
  WITH chosen AS MATERIALIZED (
    SELECT run.run_number FROM workflow_runs run ${index}
    WHERE (@status IS NULL OR +run.status = @status)
      AND (@workflowId IS NULL OR run.workflow_id = @workflowId)
      AND (@isChild IS NULL OR (run.parent_step_id IS NOT NULL) = @isChild)
    ${NEWEST_FIRST} LIMIT @limit)
  SELECT ${COLUMNS} FROM chosen CROSS JOIN workflow_runs run USING (run_number)
    ${DEFINITION_OF_RUN} ${NEWEST_FIRST}`;

/** Lists the runs that steps of a run started, oldest first. */
export const LIST_CHILD_RUNS = `
  WITH chosen AS MATERIALIZED (
    SELECT run.run_number FROM workflow_runs run INDEXED BY workflow_runs_forks
    WHERE run.parent_run_id = ? AND run.parent_step_id IS NOT NULL)
  SELECT ${COLUMNS} FROM chosen CROSS JOIN workflow_runs run USING (run_number)
    ${DEFINITION_OF_RUN} ORDER BY run.created_at, run.run_number`;

export const COUNT_CHILD_RUNS = `
  SELECT status, count(*) AS count FROM workflow_runs INDEXED BY workflow_runs_forks
  WHERE parent_run_id IS NOT NULL AND parent_step_id IS NOT NULL GROUP BY status`;

export const INSERT_RUN = `
  INSERT INTO workflow_runs (run_id, workflow_id, definition_hash, state, status, inputs, context,
    created_at, updated_at, started_from, parent_run_id, parent_checkpoint_id, parent_step_id,
    owner_id, owner_host, owner_pid, owner_process_start, owner_machine, lease_until,
    backend, origin_hash)
  VALUES (?, ?, ?, 'idle', 'running', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, unhex(?))
  ON CONFLICT (run_id) DO NOTHING`;

const CHANGES = `state = ?, status = ?, updated_at = ?, error = ?, error_code = ?, finished_at = ?,
    pause_reason = ?, wake_at = ?, journal_seq = ?`;

export const UPDATE_RUN = `UPDATE workflow_runs SET ${CHANGES} WHERE run_id = ?`;

export const UPDATE_AND_RELEASE_RUN = `
  UPDATE workflow_runs SET ${CHANGES}, attempts = ?, tokens = ?, usd = ?,
    owner_id = NULL, owner_host = NULL, owner_pid = NULL, owner_process_start = NULL,
    owner_machine = NULL, lease_until = NULL
  WHERE run_id = ?`;

/** Excludes rows with large inputs, which SQLite would rewrite completely each time. */
export const ADVANCE_RUN = `
  UPDATE workflow_runs SET journal_seq = ?, updated_at = ?
  WHERE run_id = ? AND octet_length(inputs) + octet_length(context) < 8192`;

const STATUS_LIST = RUN_STATUSES.map((status) => `'${status}'`).join(", ");

/** 1 if the two indices over runs have the same number of entries, each with a valid status. */
export const IS_EVERY_RUN_INDEXED = `
  SELECT (SELECT sum(status IN (${STATUS_LIST}))
          FROM workflow_runs INDEXED BY workflow_runs_by_status)
    IS (SELECT nullif(count(*), 0) FROM workflow_runs INDEXED BY workflow_runs_by_age)`;

export const LIST_ATTEMPTS = `
  SELECT run_id, step_id, attempt_number, status, started_at, finished_at, error
  FROM workflow_step_attempts
  WHERE run_id = ? AND (@stepId IS NULL OR step_id = @stepId)
  ORDER BY started_seq, step_id, attempt_number`;

export const LIST_STEPS = `
  SELECT run_id, step_id, status, has_steps, attempts, started_at, finished_at, error
  FROM workflow_run_steps WHERE run_id = ? ORDER BY step_index, started_at, step_id`;
