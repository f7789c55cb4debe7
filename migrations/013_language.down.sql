-- Removes what 013 added. Runs and results stay; older versions cannot read runs that use the language.
DROP VIEW workflow_run_summary;
DROP VIEW workflow_run_steps;
DROP VIEW workflow_step_attempts;

-- Commands that 012 does not know are dropped: their senders are answered by nobody there.
CREATE TABLE workflow_commands_kept AS SELECT * FROM workflow_commands;
DROP TABLE workflow_commands;
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
INSERT INTO workflow_commands SELECT command_id, run_id, verb, argument, sent_at, answer, answered_at
  FROM workflow_commands_kept WHERE verb IN ('pause', 'cancel', 'resume', 'checkpoint');
DROP TABLE workflow_commands_kept;
CREATE INDEX workflow_commands_open ON workflow_commands (run_id) WHERE answer IS NULL;

DROP INDEX workflow_runs_by_wake;
ALTER TABLE workflow_runs DROP COLUMN parent_step_id;
ALTER TABLE workflow_runs DROP COLUMN wake_at;
ALTER TABLE workflow_runs DROP COLUMN pause_reason;

-- The views of 011 and 012.
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
  SELECT r.run_id, kept.key, NULL, r.seq, 'failed', NULL, NULL, NULL, kept.value
  FROM restores r, json_each(r.payload, '$.tolerated') kept
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

-- Unchanged;

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
