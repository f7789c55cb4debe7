-- 011: the workflow engine. Everything here is called workflow_…, since an earlier phase owns a table `workflows`.
-- No IF NOT EXISTS: a name that is taken already is a mistake to be seen, not passed over.
-- Times are milliseconds since the epoch, as REAL; the limit on them keeps out infinity. Text columns that hold JSON say so.

-- Our own ledger: the other phases number their migrations too, and keep their own. `format` is that of the rows'
-- content (payloads, the recipe of the hashes): a version that does not know it must not write here.
CREATE TABLE workflow_migrations (
  number      INTEGER PRIMARY KEY CHECK (number >= 11),
  name        TEXT NOT NULL UNIQUE CHECK (name <> ''),
  sha256      TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  format      INTEGER NOT NULL CHECK (format >= 1),
  applied_at  REAL NOT NULL CHECK (applied_at BETWEEN 0 AND 9e15)
) STRICT;

-- A definition as someone wrote it, and as the engine reads it. Kept by the hash of the latter: a run is pinned to
-- the definition that it began with, whatever happens to the file.
CREATE TABLE workflow_definitions (
  hash         TEXT PRIMARY KEY CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'),
  workflow_id  TEXT NOT NULL CHECK (workflow_id <> ''),
  name         TEXT NOT NULL,
  version      TEXT NOT NULL,
  format       TEXT NOT NULL CHECK (format IN ('yaml', 'json')),
  source       TEXT NOT NULL,
  definition   TEXT NOT NULL CHECK (json_valid(definition) AND json_type(definition) = 'object'),
  step_count   INTEGER NOT NULL CHECK (step_count >= 1 AND json_array_length(definition, '$.steps') IS step_count),
  created_at   REAL NOT NULL CHECK (created_at BETWEEN 0 AND 9e15),
  -- sha-256 over the columns above: SQLite does not notice a flipped bit.
  row_hash     BLOB NOT NULL CHECK (length(row_hash) = 32)
) STRICT;

-- One row a run. `state` is exact, `status` the coarse word for people; both follow the journal and are written in
-- the same transaction. The lease says who may write: an engine that lost it is known by its older epoch.
CREATE TABLE workflow_runs (
  -- What the journal's keys begin with, for they are eight bytes then instead of forty. Nothing else refers to it.
  run_number            INTEGER PRIMARY KEY CHECK (run_number BETWEEN 1 AND 90000000),
  run_id                TEXT NOT NULL UNIQUE CHECK (run_id <> ''),
  workflow_id           TEXT NOT NULL CHECK (workflow_id <> ''),
  definition_hash       TEXT NOT NULL REFERENCES workflow_definitions (hash),
  state                 TEXT NOT NULL CHECK (state IN (
                          'idle', 'parsing', 'validating_workflow', 'building_dependency_graph', 'scheduling_steps',
                          'executing_steps', 'awaiting_completion', 'creating_checkpoint', 'restoring_from_checkpoint',
                          'aggregating_results', 'completed', 'failed', 'paused', 'cancelled')),
  status                TEXT NOT NULL CHECK (status IN ('running', 'completed', 'failed', 'paused', 'cancelled')),
  inputs                TEXT NOT NULL CHECK (json_valid(inputs) AND json_type(inputs) = 'object'),
  context               TEXT NOT NULL CHECK (json_valid(context) AND json_type(context) = 'object'),
  error                 TEXT,
  error_code            TEXT,
  created_at            REAL NOT NULL CHECK (created_at BETWEEN 0 AND 9e15),
  updated_at            REAL NOT NULL CHECK (updated_at BETWEEN 0 AND 9e15),
  finished_at           REAL CHECK (finished_at BETWEEN 0 AND 9e15),
  parent_run_id         TEXT REFERENCES workflow_runs (run_id),
  -- No foreign key: a run that was forked from a checkpoint outlives it.
  parent_checkpoint_id  TEXT,
  owner_id              TEXT CHECK (owner_id <> ''),
  owner_host            TEXT,
  owner_pid             INTEGER CHECK (owner_pid >= 0),
  owner_process_start   TEXT,
  lease_until           REAL CHECK (lease_until BETWEEN 0 AND 9e15),
  lease_epoch           INTEGER NOT NULL DEFAULT 1 CHECK (lease_epoch >= 1),
  -- sha-256 over what never changes in this row; the journal's chain begins with it.
  origin_hash           BLOB NOT NULL CHECK (length(origin_hash) = 32),
  -- How far the journal was when this row was last written: a chain alone does not notice that its end is gone.
  journal_seq           INTEGER NOT NULL DEFAULT 0 CHECK (journal_seq >= 0),
  -- How often in a row an engine took the run up after a death and recorded no outcome, and what it met with, if it
  -- could say. At three the run is left alone until someone asks for it.
  failed_recoveries     INTEGER NOT NULL DEFAULT 0 CHECK (failed_recoveries >= 0),
  recovery_error        TEXT,
  CHECK (CASE WHEN state IN ('completed', 'failed', 'paused', 'cancelled') THEN status = state ELSE status = 'running' END),
  CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))),
  CHECK ((owner_id IS NULL) = (owner_host IS NULL) AND (owner_id IS NULL) = (owner_pid IS NULL)
     AND (owner_id IS NULL) = (owner_process_start IS NULL) AND (owner_id IS NULL) = (lease_until IS NULL)),
  CHECK (error_code IS NULL OR error IS NOT NULL),
  CHECK (parent_checkpoint_id IS NULL OR parent_run_id IS NOT NULL)
) STRICT;

-- For `axw list`, `axw list --status`, and for taking up the runs of dead engines: newest first.
CREATE INDEX workflow_runs_by_age ON workflow_runs (created_at);
CREATE INDEX workflow_runs_by_status ON workflow_runs (status, created_at);

-- For the owner, who prolongs its leases every few seconds: only the runs that someone holds.
CREATE INDEX workflow_runs_held ON workflow_runs (owner_id) WHERE owner_id IS NOT NULL;

-- For removing a definition that no run has any more, and for the foreign key when it goes.
CREATE INDEX workflow_runs_by_definition ON workflow_runs (definition_hash);

-- For deleting a run, which has to know its forks.
CREATE INDEX workflow_runs_forks ON workflow_runs (parent_run_id) WHERE parent_run_id IS NOT NULL;

-- The journal: every accepted event of a run, in order, without gaps. This is the truth; all else follows from it.
-- `hash` chains each row to the one before, the first to `workflow_runs.origin_hash`. A row is never changed.
-- The key is run_number * 100,000,000 + seq: one tree instead of two, and a commit writes one page where it would write
-- two (docs/decisions/008). Read it as `workflow_events`.
-- `type` is checked for its shape only: an event of a new name must not need this table, the largest, to be written anew,
-- and whoever reads a name that he does not know refuses the run.
CREATE TABLE workflow_journal (
  entry_id        INTEGER PRIMARY KEY CHECK (entry_id > 100000000 AND entry_id % 100000000 > 0),
  type            TEXT NOT NULL CHECK (type <> '' AND type NOT GLOB '*[^a-z_]*'),
  at              REAL NOT NULL CHECK (at BETWEEN 0 AND 9e15),
  step_id         TEXT CHECK (step_id <> ''),
  attempt_number  INTEGER CHECK (attempt_number >= 1),
  payload         TEXT NOT NULL CHECK (json_valid(payload)),
  lease_epoch     INTEGER NOT NULL CHECK (lease_epoch >= 1),
  hash            BLOB NOT NULL CHECK (length(hash) = 32),
  CHECK ((step_id IS NULL) = (attempt_number IS NULL)),
  CHECK (step_id IS NOT NULL OR type NOT IN ('step_completed', 'step_failed'))
) STRICT;

-- For the views, which ask where a run last went back to a checkpoint: empty for most runs.
CREATE INDEX workflow_journal_restores ON workflow_journal (entry_id) WHERE type = 'restore_checkpoint';

-- A packed key can have no foreign key: what a deleted run leaves behind goes with it here.
CREATE TRIGGER workflow_runs_delete_journal BEFORE DELETE ON workflow_runs BEGIN
  DELETE FROM workflow_journal WHERE entry_id BETWEEN OLD.run_number * 100000000 AND OLD.run_number * 100000000 + 99999999;
END;

-- The journal by run and place, for people and for the views below.
CREATE VIEW workflow_events AS
SELECT run.run_id, entry.entry_id % 100000000 AS seq, entry.type, entry.at, entry.step_id, entry.attempt_number, entry.payload,
       entry.lease_epoch, entry.hash
FROM workflow_runs run
JOIN workflow_journal entry ON entry.entry_id BETWEEN run.run_number * 100000000 AND run.run_number * 100000000 + 99999999;

-- A run's state at a place in its journal: a shortcut for resume and a place to go back to. `payload` is the
-- difference to the parent checkpoint, or whole where there is no parent.
CREATE TABLE workflow_checkpoints (
  checkpoint_id         TEXT PRIMARY KEY CHECK (checkpoint_id <> ''),
  run_id                TEXT NOT NULL REFERENCES workflow_runs (run_id) ON DELETE CASCADE,
  seq                   INTEGER NOT NULL CHECK (seq >= 1),
  kind                  TEXT NOT NULL CHECK (kind IN ('automatic', 'manual', 'step')),
  name                  TEXT CHECK (name <> ''),
  created_at            REAL NOT NULL CHECK (created_at BETWEEN 0 AND 9e15),
  -- Deferred: a parent and what builds on it may come in one transaction, in any order.
  parent_checkpoint_id  TEXT REFERENCES workflow_checkpoints (checkpoint_id) DEFERRABLE INITIALLY DEFERRED
                          CHECK (parent_checkpoint_id <> checkpoint_id),
  completed_count       INTEGER NOT NULL CHECK (completed_count >= 0),
  payload               TEXT NOT NULL CHECK (json_valid(payload)),
  sha256                TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*')
) STRICT;

-- For "the newest checkpoint of this run", asked on every resume.
CREATE INDEX workflow_checkpoints_by_run ON workflow_checkpoints (run_id, seq);

-- For pruning, which keeps what others build on, and for the foreign key when it deletes.
CREATE INDEX workflow_checkpoints_by_parent ON workflow_checkpoints (parent_checkpoint_id) WHERE parent_checkpoint_id IS NOT NULL;

-- Results too large for a journal row, once each, by the hash of their content.
CREATE TABLE workflow_artifacts (
  sha256       TEXT PRIMARY KEY CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  content      TEXT NOT NULL CHECK (json_valid(content)),
  -- How often a step had this result: whoever removes what no journal names sees that one came to name it since.
  named_count  INTEGER NOT NULL DEFAULT 1 CHECK (named_count >= 1)
) STRICT;

-- What other processes ask of a run's owner; it answers here. AUTOINCREMENT: whoever waits for an answer to a
-- number must never be given the answer to another's.
CREATE TABLE workflow_commands (
  command_id   INTEGER PRIMARY KEY AUTOINCREMENT,
  run_id       TEXT NOT NULL REFERENCES workflow_runs (run_id) ON DELETE CASCADE,
  verb         TEXT NOT NULL CHECK (verb IN ('pause', 'cancel', 'resume', 'checkpoint')),
  argument     TEXT NOT NULL CHECK (json_valid(argument)),
  sent_at      REAL NOT NULL CHECK (sent_at BETWEEN 0 AND 9e15),
  answer       TEXT,
  answered_at  REAL CHECK (answered_at BETWEEN 0 AND 9e15),
  CHECK ((answer IS NULL) = (answered_at IS NULL))
) STRICT;

-- For the owner's look into the inbox, several times a second: only what is open.
CREATE INDEX workflow_commands_open ON workflow_commands (run_id) WHERE answer IS NULL;

-- The process groups in which agents work, each on disk before its program is given the task: whoever takes the run up
-- ends what is left of them.
CREATE TABLE workflow_agent_processes (
  run_id          TEXT NOT NULL REFERENCES workflow_runs (run_id) ON DELETE CASCADE,
  step_id         TEXT NOT NULL CHECK (step_id <> ''),
  attempt_number  INTEGER NOT NULL CHECK (attempt_number >= 1),
  host            TEXT NOT NULL CHECK (host <> ''),
  pid             INTEGER NOT NULL CHECK (pid >= 1),
  process_start   TEXT NOT NULL,
  PRIMARY KEY (run_id, step_id, attempt_number, pid)
) STRICT, WITHOUT ROWID;

-- What agents said while they worked. For people; nothing follows from it.
CREATE TABLE workflow_step_logs (
  log_id          INTEGER PRIMARY KEY,
  run_id          TEXT NOT NULL REFERENCES workflow_runs (run_id) ON DELETE CASCADE,
  step_id         TEXT NOT NULL CHECK (step_id <> ''),
  attempt_number  INTEGER NOT NULL CHECK (attempt_number >= 1),
  stream          TEXT NOT NULL CHECK (stream IN ('stdout', 'stderr')),
  at              REAL NOT NULL CHECK (at BETWEEN 0 AND 9e15),
  text            TEXT NOT NULL
) STRICT;

-- For `axw logs RUN STEP`.
CREATE INDEX workflow_step_logs_by_step ON workflow_step_logs (run_id, step_id, log_id);

-- One row an attempt, for people. `interrupted`: cut short by the death of its engine, by a return to a checkpoint, or by
-- the end of the run. Ask for one run_id and only that run's journal is read.
CREATE VIEW workflow_step_attempts AS
WITH
-- A batch names its steps and their attempt numbers in two arrays of one length. They are zipped by grouping on the
-- index: to look up the second by index for every element of the first takes quadratic time.
started AS (
  SELECT e.run_id, e.seq, e.at,
         max(part.value) FILTER (WHERE part.path = '$.stepIds') AS step_id,
         max(part.value) FILTER (WHERE part.path = '$.attempts') AS attempt_number
  FROM workflow_events e, json_tree(e.payload) part
  WHERE e.type = 'execute_step_batch' AND part.path IN ('$.stepIds', '$.attempts')
  GROUP BY e.run_id, e.seq, part.key
),
moves AS (
  SELECT run_id, seq, at, step_id, attempt_number, 'started' AS move, NULL AS failure FROM started
  UNION ALL
  SELECT run_id, seq, at, step_id, attempt_number, type, CASE type WHEN 'step_failed' THEN payload END
  FROM workflow_events WHERE type IN ('step_completed', 'step_failed')
),
-- A step has one attempt at a time: what follows a start is its outcome, or the next start when there was none.
paired AS (
  SELECT run_id, seq, at, step_id, attempt_number, move,
         lead(move) OVER following AS next_move, lead(at) OVER following AS next_at, lead(failure) OVER following AS failure
  FROM moves
  WINDOW following AS (PARTITION BY run_id, step_id ORDER BY seq)
)
SELECT
  p.run_id,
  p.step_id,
  p.attempt_number,
  CASE
    WHEN p.next_move = 'step_completed' THEN 'completed'
    WHEN p.next_move = 'step_failed' AND p.failure ->> '$.reason' = 'interrupted' THEN 'interrupted'
    WHEN p.next_move = 'step_failed' THEN 'failed'
    WHEN p.next_move = 'started' OR run.status IN ('completed', 'failed', 'cancelled') THEN 'interrupted'
    WHEN EXISTS (SELECT 1 FROM workflow_events r WHERE r.run_id = p.run_id AND r.type = 'restore_checkpoint' AND r.seq > p.seq) THEN 'interrupted'
    ELSE 'running'
  END AS status,
  p.at AS started_at,
  CASE WHEN p.next_move <> 'started' THEN p.next_at END AS finished_at,
  p.failure ->> '$.error' AS error,
  p.failure ->> '$.reason' AS reason,
  coalesce(p.failure ->> '$.final', 0) AS is_final,
  p.seq AS started_seq
FROM paired p
JOIN workflow_runs run ON run.run_id = p.run_id
WHERE p.move = 'started';

-- One row a step of a run, for people, in the order of the definition. `pending` until its first attempt, and between
-- attempts. After a return to a checkpoint only the steps that it names are done; all others begin anew.
CREATE VIEW workflow_run_steps AS
WITH
restores AS (
  SELECT e.run_id, e.seq, e.payload FROM workflow_events e
  WHERE e.type = 'restore_checkpoint'
    AND e.seq = (SELECT max(r.seq) FROM workflow_events r WHERE r.run_id = e.run_id AND r.type = 'restore_checkpoint')
),
-- What is known of each step, each with the place in the journal that says so: the last of them holds.
facts AS (
  SELECT run.run_id, step.value ->> '$.id' AS step_id, step.key AS step_index, 0 AS seq, 'pending' AS status,
         NULL AS attempt_number, NULL AS started_at, NULL AS finished_at, NULL AS error
  FROM workflow_runs run
  JOIN workflow_definitions definition ON definition.hash = run.definition_hash, json_each(definition.definition, '$.steps') step
  UNION ALL
  SELECT a.run_id, a.step_id, NULL, a.started_seq,
         CASE
           WHEN a.started_seq < (SELECT max(r.seq) FROM workflow_events r WHERE r.run_id = a.run_id AND r.type = 'restore_checkpoint') THEN 'pending'
           WHEN a.status IN ('completed', 'running') THEN a.status
           WHEN a.status = 'failed' AND a.is_final THEN 'failed'
           ELSE 'pending'
         END,
         a.attempt_number, a.started_at, a.finished_at, a.error
  FROM workflow_step_attempts a
  UNION ALL
  SELECT r.run_id, done.value, NULL, r.seq, 'completed', NULL, NULL, NULL, NULL
  FROM restores r, json_each(r.payload, '$.completed') done
  UNION ALL
  SELECT e.run_id, skipped.value, NULL, e.seq, 'skipped', NULL, NULL, NULL, NULL
  FROM workflow_events e, json_each(e.payload, '$.skipped') skipped
  WHERE e.type = 'step_failed'
    AND e.seq > coalesce((SELECT max(r.seq) FROM workflow_events r WHERE r.run_id = e.run_id AND r.type = 'restore_checkpoint'), 0)
),
-- Windows rather than GROUP BY: SQLite hands a condition on run_id down through the one, not through the other.
ranked AS (
  SELECT run_id, step_id, status, error, row_number() OVER newest AS age,
         max(step_index) OVER step AS step_index, count(attempt_number) OVER step AS attempts,
         min(started_at) OVER step AS started_at, max(finished_at) OVER step AS finished_at
  FROM facts
  WINDOW step AS (PARTITION BY run_id, step_id), newest AS (PARTITION BY run_id, step_id ORDER BY seq DESC)
)
SELECT
  ranked.run_id,
  ranked.step_id,
  ranked.step_index,
  CASE WHEN run.status = 'cancelled' AND ranked.status IN ('pending', 'running') THEN 'cancelled' ELSE ranked.status END AS status,
  ranked.attempts,
  ranked.started_at,
  CASE WHEN ranked.status NOT IN ('pending', 'running') THEN ranked.finished_at END AS finished_at,
  ranked.error
FROM ranked
JOIN workflow_runs run ON run.run_id = ranked.run_id
WHERE ranked.age = 1;

-- One row a run, for people. `retries` are attempts beyond the first of each step; `duration_ms` goes to the last change
-- while the run is not over.
CREATE VIEW workflow_run_summary AS
WITH counts AS (
  SELECT run_id, row_number() OVER run AS position,
         sum(status = 'completed') OVER run AS completed_steps, sum(status = 'failed') OVER run AS failed_steps,
         sum(status = 'running') OVER run AS running_steps, sum(status = 'skipped') OVER run AS skipped_steps,
         sum(attempts) OVER run AS attempts, sum(max(attempts - 1, 0)) OVER run AS retries
  FROM workflow_run_steps
  WINDOW run AS (PARTITION BY run_id)
)
SELECT
  counts.run_id,
  run.workflow_id,
  definition.name AS workflow_name,
  definition.version AS workflow_version,
  run.status,
  run.state,
  definition.step_count AS total_steps,
  counts.completed_steps,
  counts.failed_steps,
  counts.running_steps,
  counts.skipped_steps,
  counts.attempts,
  counts.retries,
  (SELECT count(*) FROM workflow_checkpoints c WHERE c.run_id = counts.run_id) AS checkpoints,
  run.error,
  run.created_at,
  run.finished_at,
  coalesce(run.finished_at, run.updated_at) - run.created_at AS duration_ms
FROM counts
JOIN workflow_runs run ON run.run_id = counts.run_id
JOIN workflow_definitions definition ON definition.hash = run.definition_hash
WHERE counts.position = 1;
