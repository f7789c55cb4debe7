-- 011: the workflow engine. Everything here is called workflow_…, since an earlier phase owns a table `workflows`.
-- No IF NOT EXISTS: a name that is taken already is a mistake to be seen, not passed over.
-- Times are milliseconds since the epoch, as REAL. Text columns that hold JSON say so.

-- A definition as someone wrote it, and as the engine reads it. Kept by the hash of the latter: a run is pinned to
-- the definition that it began with, whatever happens to the file.
CREATE TABLE workflow_definitions (
  hash         TEXT PRIMARY KEY CHECK (length(hash) = 64),
  workflow_id  TEXT NOT NULL CHECK (workflow_id <> ''),
  name         TEXT NOT NULL,
  version      TEXT NOT NULL,
  format       TEXT NOT NULL CHECK (format IN ('yaml', 'json')),
  source       TEXT NOT NULL,
  definition   TEXT NOT NULL CHECK (json_valid(definition)),
  step_count   INTEGER NOT NULL CHECK (step_count >= 1),
  created_at   REAL NOT NULL
) STRICT;

-- One row a run. `state` is exact, `status` the coarse word for people; both follow the journal and are written in
-- the same transaction. The lease says who may write: an engine that lost it is known by its older epoch.
CREATE TABLE workflow_runs (
  run_id                TEXT PRIMARY KEY CHECK (run_id <> ''),
  workflow_id           TEXT NOT NULL,
  definition_hash       TEXT NOT NULL REFERENCES workflow_definitions (hash),
  state                 TEXT NOT NULL CHECK (state IN (
                          'idle', 'parsing', 'validating_workflow', 'building_dependency_graph', 'scheduling_steps',
                          'executing_steps', 'awaiting_completion', 'creating_checkpoint', 'restoring_from_checkpoint',
                          'aggregating_results', 'completed', 'failed', 'paused', 'cancelled')),
  status                TEXT NOT NULL CHECK (status IN ('running', 'completed', 'failed', 'paused', 'cancelled')),
  inputs                TEXT NOT NULL CHECK (json_type(inputs) = 'object'),
  context               TEXT NOT NULL CHECK (json_type(context) = 'object'),
  error                 TEXT,
  error_code            TEXT,
  created_at            REAL NOT NULL,
  updated_at            REAL NOT NULL,
  finished_at           REAL,
  parent_run_id         TEXT REFERENCES workflow_runs (run_id),
  parent_checkpoint_id  TEXT,
  owner_id              TEXT,
  owner_host            TEXT,
  owner_pid             INTEGER,
  owner_process_start   TEXT,
  lease_until           REAL,
  lease_epoch           INTEGER NOT NULL DEFAULT 1 CHECK (lease_epoch >= 1),
  CHECK (CASE WHEN state IN ('completed', 'failed', 'paused', 'cancelled') THEN status = state ELSE status = 'running' END),
  CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))),
  CHECK ((owner_id IS NULL) = (owner_host IS NULL) AND (owner_id IS NULL) = (owner_pid IS NULL)
     AND (owner_id IS NULL) = (owner_process_start IS NULL) AND (owner_id IS NULL) = (lease_until IS NULL))
) STRICT;

-- For `axw list --status` and for taking up the runs of dead engines: newest first within a status.
CREATE INDEX workflow_runs_by_status ON workflow_runs (status, created_at);

-- The journal: every accepted event of a run, in order, without gaps. This is the truth; all else follows from it.
-- `hash` chains each row to the one before (the first to the run and its definition), since SQLite does not notice
-- a flipped bit. A row is never changed.
CREATE TABLE workflow_events (
  run_id          TEXT NOT NULL REFERENCES workflow_runs (run_id) ON DELETE CASCADE,
  seq             INTEGER NOT NULL CHECK (seq >= 1),
  type            TEXT NOT NULL CHECK (type IN (
                    'initiate_workflow', 'parse_workflow', 'workflow_parsed', 'parse_failed', 'validate_workflow',
                    'workflow_valid', 'workflow_invalid', 'build_graph', 'graph_built', 'graph_invalid', 'schedule_steps',
                    'steps_scheduled', 'execute_step_batch', 'step_completed', 'step_failed', 'batch_completed',
                    'all_steps_completed', 'create_checkpoint', 'checkpoint_created', 'restore_checkpoint',
                    'checkpoint_restored', 'aggregate_results', 'results_aggregated', 'complete_workflow',
                    'workflow_failed', 'pause_workflow', 'resume_workflow', 'cancel_workflow', 'reset')),
  at              REAL NOT NULL,
  step_id         TEXT,
  attempt_number  INTEGER,
  payload         TEXT NOT NULL CHECK (json_valid(payload)),
  lease_epoch     INTEGER NOT NULL CHECK (lease_epoch >= 1),
  hash            BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (run_id, seq),
  CHECK ((type IN ('step_completed', 'step_failed')) = (step_id IS NOT NULL)),
  CHECK ((step_id IS NULL) = (attempt_number IS NULL) AND (attempt_number IS NULL OR attempt_number >= 1))
) STRICT;

-- A run's state at a place in its journal: a shortcut for resume and a place to go back to. `payload` is the
-- difference to the parent checkpoint, or whole where there is no parent.
CREATE TABLE workflow_checkpoints (
  checkpoint_id         TEXT PRIMARY KEY CHECK (checkpoint_id <> ''),
  run_id                TEXT NOT NULL REFERENCES workflow_runs (run_id) ON DELETE CASCADE,
  seq                   INTEGER NOT NULL CHECK (seq >= 1),
  kind                  TEXT NOT NULL CHECK (kind IN ('automatic', 'manual', 'step')),
  name                  TEXT,
  created_at            REAL NOT NULL,
  parent_checkpoint_id  TEXT REFERENCES workflow_checkpoints (checkpoint_id) DEFERRABLE INITIALLY DEFERRED,
  completed_count       INTEGER NOT NULL CHECK (completed_count >= 0),
  payload               TEXT NOT NULL CHECK (json_valid(payload)),
  sha256                TEXT NOT NULL CHECK (length(sha256) = 64)
) STRICT;

-- For "the newest checkpoint of this run", asked on every resume.
CREATE INDEX workflow_checkpoints_by_run ON workflow_checkpoints (run_id, seq);

-- Results too large for a journal row, once each, by the hash of their content.
CREATE TABLE workflow_artifacts (
  sha256   TEXT PRIMARY KEY CHECK (length(sha256) = 64),
  content  TEXT NOT NULL CHECK (json_valid(content))
) STRICT;

-- What other processes ask of a run's owner; it answers here.
CREATE TABLE workflow_commands (
  command_id   INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id       TEXT NOT NULL REFERENCES workflow_runs (run_id) ON DELETE CASCADE,
  verb         TEXT NOT NULL CHECK (verb IN ('pause', 'cancel', 'resume', 'checkpoint')),
  argument     TEXT NOT NULL CHECK (json_valid(argument)),
  sent_at      REAL NOT NULL,
  answer       TEXT,
  answered_at  REAL,
  CHECK ((answer IS NULL) = (answered_at IS NULL))
) STRICT;

-- For the owner's look into the inbox, several times a second: only what is open.
CREATE INDEX workflow_commands_open ON workflow_commands (run_id) WHERE answer IS NULL;

-- What agents said while they worked. For people; nothing follows from it.
CREATE TABLE workflow_step_logs (
  log_id          INTEGER PRIMARY KEY,
  run_id          TEXT NOT NULL REFERENCES workflow_runs (run_id) ON DELETE CASCADE,
  step_id         TEXT NOT NULL,
  attempt_number  INTEGER NOT NULL CHECK (attempt_number >= 1),
  stream          TEXT NOT NULL CHECK (stream IN ('stdout', 'stderr')),
  at              REAL NOT NULL,
  text            TEXT NOT NULL
) STRICT;

-- For `axw logs RUN STEP`.
CREATE INDEX workflow_step_logs_by_step ON workflow_step_logs (run_id, step_id, log_id);

-- One row an attempt, for people. An attempt without an outcome in a run that is over, or that started again later,
-- was interrupted.
CREATE VIEW workflow_step_attempts AS
WITH started AS (
  SELECT e.run_id, e.seq, e.at, s.value AS step_id, a.value AS attempt_number
  FROM workflow_events e, json_each(e.payload, '$.stepIds') s, json_each(e.payload, '$.attempts') a
  WHERE e.type = 'execute_step_batch' AND s.key = a.key
)
SELECT
  started.run_id,
  started.step_id,
  started.attempt_number,
  CASE
    WHEN outcome.type = 'step_completed' THEN 'completed'
    WHEN json_extract(outcome.payload, '$.reason') = 'interrupted' THEN 'interrupted'
    WHEN outcome.type = 'step_failed' THEN 'failed'
    WHEN run.status IN ('completed', 'failed', 'cancelled') THEN 'interrupted'
    ELSE 'running'
  END AS status,
  started.at AS started_at,
  outcome.at AS finished_at,
  CASE WHEN outcome.type = 'step_failed' THEN json_extract(outcome.payload, '$.error') END AS error,
  started.seq AS started_seq
FROM started
JOIN workflow_runs run ON run.run_id = started.run_id
LEFT JOIN workflow_events outcome
  ON outcome.run_id = started.run_id AND outcome.step_id = started.step_id
 AND outcome.attempt_number = started.attempt_number AND outcome.type IN ('step_completed', 'step_failed');

-- One row a run, for people. Counts are of attempts as the journal has them; steps that went back to a checkpoint
-- and were run again count once.
CREATE VIEW workflow_run_summary AS
SELECT
  run.run_id,
  run.workflow_id,
  definition.name AS workflow_name,
  definition.version AS workflow_version,
  run.status,
  run.state,
  definition.step_count AS total_steps,
  (SELECT count(DISTINCT step_id) FROM workflow_events e WHERE e.run_id = run.run_id AND e.type = 'step_completed') AS completed_steps,
  (SELECT count(DISTINCT step_id) FROM workflow_events e WHERE e.run_id = run.run_id AND e.type = 'step_failed'
     AND json_extract(e.payload, '$.final')
     AND NOT EXISTS (SELECT 1 FROM workflow_events later WHERE later.run_id = e.run_id AND later.step_id = e.step_id
                      AND later.type = 'step_completed' AND later.seq > e.seq)) AS failed_steps,
  (SELECT coalesce(sum(json_array_length(payload, '$.stepIds')), 0) FROM workflow_events e
     WHERE e.run_id = run.run_id AND e.type = 'execute_step_batch') AS attempts,
  (SELECT count(*) FROM workflow_checkpoints c WHERE c.run_id = run.run_id) AS checkpoints,
  run.error,
  run.created_at,
  run.finished_at,
  run.finished_at - run.created_at AS duration_ms
FROM workflow_runs run
JOIN workflow_definitions definition ON definition.hash = run.definition_hash;
