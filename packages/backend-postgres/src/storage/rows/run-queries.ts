/** The definition that a run came to last; NULL if it still has its first one. */
const LATER_DEFINITION = `SELECT later.definition_hash FROM axw.workflow_run_definitions later
    WHERE later.run_id = run.run_id ORDER BY later.seq DESC LIMIT 1`;

/**
 * Selects whole rows of runs, each with its present definition and the clock of the database. The
 * join is outer, so that a run whose definition is missing is reported instead of omitted.
 */
export const SELECT_RUN = `
  SELECT run.run_id, run.workflow_id, run.definition_hash, run.state, run.status, run.inputs,
    run.context, run.error, run.error_code, run.created_at, run.started_from, run.updated_at,
    run.finished_at, run.pause_reason, run.wake_at, run.attempts, run.tokens, run.usd,
    run.journal_seq, run.backend, run.parent_run_id, run.parent_checkpoint_id, run.parent_step_id,
    run.owner_id, run.owner_host, run.owner_pid, run.owner_process_start, run.owner_machine,
    run.lease_until, run.lease_expires, axw.now_ms() AS database_now, run.lease_epoch,
    run.failed_recoveries, run.recovery_error, encode(run.origin_hash, 'hex') AS origin_hash,
    definition.name AS workflow_name, definition.version AS workflow_version,
    definition.step_count AS step_count, later.definition_hash AS current_definition_hash
  FROM axw.workflow_runs run
  LEFT JOIN LATERAL (${LATER_DEFINITION}) later ON true
  LEFT JOIN axw.workflow_definitions definition
    ON definition.hash = coalesce(later.definition_hash, run.definition_hash)`;

export const NEWEST_FIRST = "ORDER BY run.created_at DESC, run.run_id DESC";

export const SELECT_DEFINITION = `
  SELECT hash, workflow_id, name, version, format, source, definition, step_count, created_at,
    encode(row_hash, 'hex') AS row_hash
  FROM axw.workflow_definitions`;

/** $1 status, $2 workflow, $3 whether a step of another run started it, $4 most. */
export const LIST_RUNS = `
  ${SELECT_RUN}
  WHERE ($1::text IS NULL OR run.status = $1) AND ($2::text IS NULL OR run.workflow_id = $2)
    AND ($3::boolean IS NULL OR (run.parent_step_id IS NOT NULL) = $3)
  ${NEWEST_FIRST} LIMIT $4`;

/** $1 a part of an id. */
export const FIND_RUNS = `
  ${SELECT_RUN}
  WHERE position($1 in run.run_id) > 0 AND run.parent_step_id IS NULL ${NEWEST_FIRST} LIMIT 10`;

/** $1 the run that started them. */
export const LIST_CHILD_RUNS = `
  ${SELECT_RUN}
  WHERE run.parent_run_id = $1 AND run.parent_step_id IS NOT NULL
  ORDER BY run.created_at, run.run_number`;

const IS_FREE = `run.backend IS NULL AND (run.owner_id IS NULL
  OR run.lease_expires < axw.now_ms() OR run.owner_id = ANY ($3::text[]))`;

/**
 * $1 the instant of the caller, for runs that wait; leases expire by the database's clock. $2 most,
 * $3 the ids of dead owners. Each part is found by an index that has no runs that have ended.
 */
export const LIST_CLAIMABLE = `
  ${SELECT_RUN}
  WHERE run.run_number IN (
    (SELECT run.run_number FROM axw.workflow_runs run
     WHERE run.status = 'running' AND ${IS_FREE}
     ORDER BY run.created_at, run.run_number LIMIT $2)
    UNION
    (SELECT run.run_number FROM axw.workflow_runs run
     WHERE run.wake_at <= $1 AND run.status = 'paused' AND run.pause_reason = 'waiting'
       AND ${IS_FREE}
     ORDER BY run.created_at, run.run_number LIMIT $2))
  ORDER BY run.created_at, run.run_number LIMIT $2`;

/** The engines that own runs. */
export const LIST_OWNERS = `
  SELECT DISTINCT ON (owner_id)
    owner_id, owner_host, owner_pid, owner_process_start, owner_machine
  FROM axw.workflow_runs WHERE owner_id IS NOT NULL ORDER BY owner_id`;
