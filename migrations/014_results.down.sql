-- Removes what 014 added. Runs and results stay; older versions cannot read runs whose definition or results were changed.
DROP VIEW workflow_run_summary;
DROP VIEW workflow_run_steps;
DROP VIEW workflow_step_attempts;

DROP TABLE workflow_run_changes;
DROP TABLE workflow_result_cache;
DROP TABLE workflow_run_definitions;

-- The views of 013.
-- One row an attempt, for people. `interrupted`: cut short by the death of its engine, by a return to a checkpoint, or by
-- the end of the run. An attempt whose answer is being checked is `completed`. Ask for one run_id and only that run's
-- journal is read.
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
  FROM workflow_events WHERE type IN ('step_completed', 'step_answered', 'step_failed')
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
    WHEN p.next_move IN ('step_completed', 'step_answered') THEN 'completed'
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

-- The steps of a run with what became of each. `has_steps` is 1 for a group, a fan-out, a loop and a stop, which have no attempts. An item
-- or an inner step has a row once something has happened to it. `step_index` is the place, in the definition, of the step that contains it;
-- the steps of `on.failure` and `on.always` come after all others.
CREATE VIEW workflow_run_steps AS
WITH
restores AS (
  SELECT e.run_id, e.seq, e.payload FROM workflow_events e
  WHERE e.type = 'restore_checkpoint'
    AND e.seq = (SELECT max(r.seq) FROM workflow_events r WHERE r.run_id = e.run_id AND r.type = 'restore_checkpoint')
),
-- Only runs of the language have notes of what followed from an event for other steps. To look for them in the results of all other
-- runs would take a second for some.
noted AS (
  SELECT e.run_id, e.seq, e.at, e.type, e.step_id, iif(e.type = 'restore_checkpoint', e.payload -> '$.followed', e.payload) AS payload
  FROM workflow_runs run
  JOIN workflow_definitions definition ON definition.hash = run.definition_hash
  JOIN workflow_events e ON e.run_id = run.run_id
  WHERE definition.definition ->> '$.language' IS NOT NULL
    AND e.type IN ('graph_built', 'step_completed', 'step_answered', 'step_failed', 'gate_answered', 'signal_received', 'steps_due',
                   'budget_changed', 'cancel_workflow', 'restore_checkpoint')
    AND e.seq >= coalesce((SELECT max(r.seq) FROM workflow_events r WHERE r.run_id = run.run_id AND r.type = 'restore_checkpoint'), 0)
),
-- What is known of each step, each with the place in the journal that says so: the last of them holds.
facts AS (
  SELECT run.run_id, step.value ->> '$.id' AS step_id, step.key AS step_index, 0 AS seq, 'pending' AS status,
         NULL AS attempt_number, NULL AS started_at, NULL AS finished_at, NULL AS error,
         coalesce(step.value -> '$.steps', step.value -> '$.foreach', step.value -> '$.loop', step.value -> '$.stop') IS NOT NULL AS has_steps
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
         a.attempt_number, a.started_at, a.finished_at, a.error, 0
  FROM workflow_step_attempts a
  UNION ALL
  SELECT r.run_id, done.value, NULL, r.seq, 'completed', NULL, NULL, NULL, NULL, 0
  FROM restores r, json_each(r.payload, '$.completed') done
  UNION ALL
  SELECT r.run_id, kept.key, NULL, r.seq, 'failed', NULL, NULL, NULL, kept.value, 0
  FROM restores r, json_each(r.payload, '$.tolerated') kept
  UNION ALL
  SELECT e.run_id, skipped.value, NULL, e.seq, 'skipped', NULL, NULL, NULL, NULL, 0
  FROM workflow_events e, json_each(e.payload, '$.skipped') skipped
  WHERE e.type = 'step_failed'
    AND e.seq > coalesce((SELECT max(r.seq) FROM workflow_events r WHERE r.run_id = e.run_id AND r.type = 'restore_checkpoint'), 0)
  UNION ALL
  SELECT n.run_id, path.value, NULL, n.seq, 'skipped', NULL, NULL, NULL, NULL, 0
  FROM noted n, json_each(n.payload, '$.skipped') path
  UNION ALL
  SELECT n.run_id, path.value, NULL, n.seq, 'open', NULL, n.at, NULL, NULL,
         NOT EXISTS (SELECT 1 FROM json_each(n.payload, '$.leaves') leaf WHERE leaf.value = path.value)
  FROM noted n, json_each(n.payload, '$.opened') path
  UNION ALL
  SELECT n.run_id, n.step_id, NULL, n.seq, 'open', NULL, NULL, NULL, NULL, 0
  FROM noted n WHERE n.type = 'step_answered'
  UNION ALL
  -- What an answer or a refused result made of the step that the event is about.
  SELECT n.run_id, n.step_id, NULL, n.seq + 0.25, iif(n.payload ->> '$.status' IN ('ready', 'waiting'), 'pending', n.payload ->> '$.status'),
         NULL, NULL, n.at, NULL, 0
  FROM noted n WHERE n.step_id IS NOT NULL AND n.payload -> '$.status' IS NOT NULL
  UNION ALL
  -- The half: in one event a step may begin and end.
  SELECT n.run_id, path.value, NULL, n.seq + 0.5, 'completed', NULL, NULL, n.at, NULL, 0
  FROM noted n, json_each(n.payload, '$.completed') path
  UNION ALL
  SELECT n.run_id, path.value, NULL, n.seq + 0.5, 'failed', NULL, NULL, n.at, NULL, 0
  FROM noted n, json_each(n.payload, '$.failed') path
  UNION ALL
  SELECT n.run_id, path.value, NULL, n.seq + 0.5, 'cancelled', NULL, NULL, n.at, NULL, 0
  FROM noted n, json_each(n.payload, '$.cancelled') path
  UNION ALL
  -- Never the last to be said of a step.
  SELECT n.run_id, path.value, NULL, 0, 'pending', NULL, NULL, NULL, NULL, 1
  FROM noted n, json_each(n.payload, '$.composites') path
),
-- Windows rather than GROUP BY, and all with the same partitions: SQLite hands a condition on run_id down through these only.
ranked AS (
  SELECT run_id, step_id, status, error, row_number() OVER newest AS age,
         max(step_index) OVER step AS step_index, count(attempt_number) OVER step AS attempts,
         min(started_at) OVER step AS started_at, max(finished_at) OVER step AS finished_at,
         max(has_steps) OVER step AS has_steps
  FROM facts
  WINDOW step AS (PARTITION BY run_id, step_id), newest AS (PARTITION BY run_id, step_id ORDER BY seq DESC)
)
SELECT
  ranked.run_id,
  ranked.step_id,
  -- A path begins with the id of the step of the definition that contains it.
  coalesce(ranked.step_index, CASE WHEN ranked.step_id GLOB ':always*' THEN 1000001 WHEN ranked.step_id GLOB ':*' THEN 1000000 END, (
    SELECT step.key FROM workflow_definitions definition, json_each(definition.definition, '$.steps') step
    WHERE definition.hash = run.definition_hash
      AND step.value ->> '$.id' = substr(ranked.step_id, 1,
        min(instr(ranked.step_id || '.', '.'), instr(ranked.step_id || '[', '['), instr(ranked.step_id || '#', '#'), instr(ranked.step_id || ':', ':')) - 1)
  )) AS step_index,
  CASE WHEN run.status = 'cancelled' AND ranked.status IN ('pending', 'running', 'open', 'unknown') THEN 'cancelled' ELSE ranked.status END AS status,
  ranked.attempts,
  ranked.started_at,
  CASE WHEN ranked.status NOT IN ('pending', 'running', 'open', 'unknown') THEN ranked.finished_at END AS finished_at,
  ranked.error,
  ranked.has_steps
FROM ranked
JOIN workflow_runs run ON run.run_id = ranked.run_id
WHERE ranked.age = 1;

-- A run's counts. Steps with others inside, stops, and the steps that check another one are not counted.
CREATE VIEW workflow_run_summary AS
WITH counts AS (
  SELECT run_id, row_number() OVER run AS position, sum(NOT has_steps) OVER run AS total_steps,
         sum(status = 'completed' AND NOT has_steps) OVER run AS completed_steps,
         sum(status = 'failed' AND NOT has_steps) OVER run AS failed_steps,
         sum(status = 'running' AND NOT has_steps) OVER run AS running_steps,
         sum(status = 'skipped' AND NOT has_steps) OVER run AS skipped_steps,
         sum(attempts) OVER run AS attempts, sum(max(attempts - 1, 0)) OVER run AS retries
  FROM workflow_run_steps
  WHERE NOT (rtrim(step_id, '0123456789') GLOB '*:check-' OR step_id GLOB '*:reconcile')
  WINDOW run AS (PARTITION BY run_id)
)
SELECT
  counts.run_id,
  run.workflow_id,
  definition.name AS workflow_name,
  definition.version AS workflow_version,
  run.status,
  run.state,
  counts.total_steps,
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
