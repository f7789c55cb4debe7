/** The schema of pg-boss: its jobs, queues and functions. */
export const JOB_SCHEMA = "axw_pgboss";

/** The channel on which senders, workers and engines tell each other what has changed. */
export const CHANNEL = "axw_queue";

/** How long the contents, logs and stops of attempts are kept that no engine asks for, in days. */
const KEPT_DAYS = 14;

/**
 * Creates what the queue keeps beside pg-boss's jobs. It has a schema of its own, because the
 * engine whose attempts are queued may have its runs in another database. Safe to repeat.
 *
 * Texts are JSON: PostgreSQL refuses the NUL character, which JSON writes as an escape.
 */
export const CREATE_TABLES = `
  SELECT pg_advisory_xact_lock(hashtext('axw_queue.create'));
  CREATE SCHEMA IF NOT EXISTS axw_queue;
  -- Requests, results and files that are too large for a job, by their digest.
  CREATE TABLE IF NOT EXISTS axw_queue.contents (
    sha256 text PRIMARY KEY,
    content text NOT NULL,
    used_at timestamptz NOT NULL DEFAULT now()
  );
  -- What agents wrote, until the engine has stored it.
  CREATE TABLE IF NOT EXISTS axw_queue.attempt_logs (
    job_id uuid NOT NULL,
    seq integer NOT NULL,
    stream text NOT NULL,
    text text NOT NULL,
    written_at timestamptz NOT NULL,
    PRIMARY KEY (job_id, seq)
  );
  -- Attempts that their engine wants to end.
  CREATE TABLE IF NOT EXISTS axw_queue.stops (
    job_id uuid PRIMARY KEY,
    reason text NOT NULL,
    explanation text,
    asked_at timestamptz NOT NULL DEFAULT now()
  );
  -- Attempts that may start processes, and the processes that they have started, until they end.
  CREATE TABLE IF NOT EXISTS axw_queue.attempt_processes (
    job_id uuid NOT NULL,
    machine text NOT NULL,
    agent_id text NOT NULL,
    idempotency_key text NOT NULL,
    token text NOT NULL,
    worker text NOT NULL,
    process text,
    begun_at timestamptz NOT NULL DEFAULT now()
  );
  CREATE INDEX IF NOT EXISTS attempt_processes_machine ON axw_queue.attempt_processes (machine);
  -- How many workers were lost with attempts at a step.
  CREATE TABLE IF NOT EXISTS axw_queue.losses (
    step_key text PRIMARY KEY,
    count integer NOT NULL,
    lost_at timestamptz NOT NULL DEFAULT now()
  );
  -- Processes that perform runs or attempts.
  CREATE TABLE IF NOT EXISTS axw_queue.workflow_workers (
    worker_id uuid PRIMARY KEY,
    host text NOT NULL,
    pid integer NOT NULL,
    version text NOT NULL,
    agents text NOT NULL,
    runs integer NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now()
  );
`;

/** Removes rows of attempts that no engine has asked for. */
export const REMOVE_OLD = `
  DELETE FROM axw_queue.contents WHERE used_at < now() - interval '${KEPT_DAYS} days';
  DELETE FROM axw_queue.attempt_logs WHERE written_at < now() - interval '${KEPT_DAYS} days';
  DELETE FROM axw_queue.stops WHERE asked_at < now() - interval '${KEPT_DAYS} days';
  DELETE FROM axw_queue.attempt_processes WHERE begun_at < now() - interval '${KEPT_DAYS} days';
  DELETE FROM axw_queue.losses WHERE lost_at < now() - interval '${KEPT_DAYS} days';
  DELETE FROM axw_queue.workflow_workers WHERE seen_at < now() - interval '1 day';
`;
