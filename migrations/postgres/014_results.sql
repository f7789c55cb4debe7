-- 014: results by content. A run may come to another definition, a result may be replaced or come from another run, and steps may be
-- performed again.

-- The definitions that runs came to after their first one: `seq` is the journal entry that says so.
CREATE TABLE axw.workflow_run_definitions (
  run_id           text COLLATE "C" NOT NULL REFERENCES axw.workflow_runs (run_id) ON DELETE CASCADE,
  seq              integer NOT NULL CHECK (seq >= 1),
  definition_hash  text NOT NULL REFERENCES axw.workflow_definitions (hash),
  PRIMARY KEY (run_id, seq)
);
CREATE INDEX workflow_run_definitions_by_hash ON axw.workflow_run_definitions (definition_hash);

-- Where to find the newest result of a request: the entry `seq` of a run. A row that is lost costs one more attempt.
CREATE TABLE axw.workflow_result_cache (
  key     text PRIMARY KEY CHECK (key ~ '^[0-9a-f]{64}$'),
  run_id  text COLLATE "C" NOT NULL REFERENCES axw.workflow_runs (run_id) ON DELETE CASCADE,
  seq     integer NOT NULL CHECK (seq >= 1),
  at      double precision NOT NULL CHECK (at BETWEEN 0 AND 9e15)
);
CREATE INDEX workflow_result_cache_by_run ON axw.workflow_result_cache (run_id);

-- The journal entries with which a run went back to steps that had begun.
CREATE TABLE axw.workflow_run_changes (
  run_id  text COLLATE "C" NOT NULL REFERENCES axw.workflow_runs (run_id) ON DELETE CASCADE,
  seq     integer NOT NULL CHECK (seq >= 1),
  PRIMARY KEY (run_id, seq)
);

-- A JSON text in which PostgreSQL can read every field: what text cannot hold (NUL characters, lone surrogates) is escaped as in columns of text
-- (decision 117).
CREATE FUNCTION axw.json_of(content text) RETURNS json LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN strpos(content, '\u') = 0 THEN content
    ELSE regexp_replace(content, '(?<!\\)((?:\\\\)*)\\u(0000|001a|d[89a-f][0-9a-f]{2})', '\1\\u001a\2', 'g') END::json
$$;

-- The texts in a list; none if there is no list.
CREATE FUNCTION axw.texts_in(list json) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
  SELECT json_array_elements_text(CASE WHEN json_typeof(list) = 'array' THEN list ELSE '[]'::json END)
$$;

-- The views for people, with the columns and the values of the SQLite file. That file had earlier forms of them in 011 to 013; here nothing has
-- ever read those. A condition on `run_id` reaches every table: each common table expression is read once, so PostgreSQL puts it in its place.

-- One row per attempt. `interrupted`: cut short by the death of its engine, by a return to a checkpoint, by a stop, a total timeout, a
-- cancellation or a change of what it was asked, or by the end of the run. An attempt whose answer is being checked is `completed`.
CREATE VIEW axw.workflow_step_attempts AS
WITH
moves AS (
  SELECT e.run_id, e.seq, e.at, part.step #>> '{}' AS step_id, (part.attempt #>> '{}')::integer AS attempt_number, 'started' AS move,
         NULL::json AS failure
  FROM axw.workflow_journal e, axw.json_of(e.payload) body,
       ROWS FROM (json_array_elements(body -> 'stepIds'), json_array_elements(body -> 'attempts')) AS part (step, attempt)
  WHERE e.type = 'execute_step_batch'
  UNION ALL
  SELECT run_id, seq, at, step_id, attempt_number, type, CASE type WHEN 'step_failed' THEN axw.json_of(payload) END
  FROM axw.workflow_journal WHERE type IN ('step_completed', 'step_answered', 'step_failed')
  UNION ALL
  -- Only runs of the language, and those whose results or definition were changed, have notes of steps that another event has ended.
  SELECT e.run_id, e.seq, e.at, path, NULL, 'ended', NULL
  FROM axw.workflow_runs run
  JOIN axw.workflow_definitions definition ON definition.hash = run.definition_hash
  JOIN axw.workflow_journal e ON e.run_id = run.run_id,
       axw.json_of(e.payload) body,
       unnest(ARRAY['cancelled', 'failed', 'unknown', 'stale', 'dropped']) AS list,
       axw.texts_in(body -> list) AS path
  WHERE (axw.json_of(definition.definition) ->> 'language' IS NOT NULL
      OR EXISTS (SELECT 1 FROM axw.workflow_run_changes c WHERE c.run_id = run.run_id))
    AND e.type IN ('step_completed', 'step_answered', 'step_failed', 'gate_answered', 'signal_received', 'steps_due', 'budget_changed',
                   'cancel_workflow', 'workflow_failed', 'result_edited', 'steps_reopened', 'definition_changed')
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
    WHEN p.next_move = 'step_failed' AND p.failure ->> 'reason' = 'interrupted' THEN 'interrupted'
    WHEN p.next_move = 'step_failed' THEN 'failed'
    WHEN p.next_move IN ('started', 'ended') OR run.status IN ('completed', 'failed', 'cancelled') THEN 'interrupted'
    WHEN EXISTS (SELECT 1 FROM axw.workflow_journal r WHERE r.run_id = p.run_id AND r.type = 'restore_checkpoint' AND r.seq > p.seq)
      THEN 'interrupted'
    ELSE 'running'
  END AS status,
  p.at AS started_at,
  CASE WHEN p.next_move <> 'started' THEN p.next_at END AS finished_at,
  p.failure ->> 'error' AS error,
  p.failure ->> 'reason' AS reason,
  coalesce((p.failure ->> 'final')::boolean::integer, 0) AS is_final,
  p.seq AS started_seq
FROM paired p
JOIN axw.workflow_runs run ON run.run_id = p.run_id
WHERE p.move = 'started';

-- The steps of a run with what became of each. `has_steps` is 1 for a group, a fan-out, a loop and a stop, which have no attempts. An item
-- or an inner step has a row once something has happened to it. `step_index` is the place, in the definition, of the step that contains it;
-- the steps of `on.failure` and `on.always` come after all others.
CREATE VIEW axw.workflow_run_steps AS
WITH
-- What is known of each step, each with the place in the journal that says so: the last of them holds, and of equal ones the first `rank`.
facts AS (
  SELECT run.run_id, step ->> 'id' AS step_id, (place - 1)::integer AS step_index, 0::numeric AS seq, 0 AS rank, 'pending' AS status,
         NULL::integer AS attempt_number, NULL::double precision AS started_at, NULL::double precision AS finished_at, NULL::text AS error,
         (coalesce(step -> 'steps', step -> 'foreach', step -> 'loop', step -> 'stop') IS NOT NULL)::integer AS has_steps
  FROM axw.workflow_runs run
  JOIN axw.workflow_definitions definition ON definition.hash = coalesce(
    (SELECT later.definition_hash FROM axw.workflow_run_definitions later WHERE later.run_id = run.run_id ORDER BY later.seq DESC LIMIT 1),
    run.definition_hash),
    json_array_elements(axw.json_of(definition.definition) -> 'steps') WITH ORDINALITY AS listed (step, place)
  UNION ALL
  SELECT a.run_id, a.step_id, NULL, a.started_seq, 1,
         CASE
           WHEN a.started_seq < (SELECT max(r.seq) FROM axw.workflow_journal r WHERE r.run_id = a.run_id AND r.type = 'restore_checkpoint')
             THEN 'pending'
           WHEN a.status IN ('completed', 'running') THEN a.status
           WHEN a.status = 'failed' AND a.is_final = 1 THEN 'failed'
           ELSE 'pending'
         END,
         a.attempt_number, a.started_at, a.finished_at, a.error, 0
  FROM axw.workflow_step_attempts a
  UNION ALL
  SELECT r.run_id, kept.step_id, NULL, r.seq, kept.rank, kept.status, NULL, NULL, NULL, kept.error, 0
  FROM axw.workflow_journal r, axw.json_of(r.payload) body, LATERAL (
    SELECT path AS step_id, 2 AS rank, 'completed' AS status, NULL::text AS error FROM axw.texts_in(body -> 'completed') path
    UNION ALL
    SELECT tolerated.key, 3, 'failed', tolerated.value
    FROM json_each_text(CASE WHEN json_typeof(body -> 'tolerated') = 'object' THEN body -> 'tolerated' ELSE '{}'::json END) tolerated
  ) kept
  WHERE r.type = 'restore_checkpoint'
    AND r.seq = (SELECT max(l.seq) FROM axw.workflow_journal l WHERE l.run_id = r.run_id AND l.type = 'restore_checkpoint')
  UNION ALL
  SELECT e.run_id, path, NULL, e.seq, 4, 'skipped', NULL, NULL, NULL, NULL, 0
  FROM axw.workflow_journal e, axw.json_of(e.payload) body, axw.texts_in(body -> 'skipped') path
  WHERE e.type = 'step_failed'
    AND e.seq > coalesce(
      (SELECT max(r.seq) FROM axw.workflow_journal r WHERE r.run_id = e.run_id AND r.type = 'restore_checkpoint'), 0)
  UNION ALL
  -- Only runs of the language, and those whose results or definition were changed, have notes of what followed from an event for other
  -- steps. The results of all other runs need not be searched for them.
  SELECT e.run_id, noted.step_id, NULL, noted.seq, noted.rank, noted.status, NULL, noted.started_at, noted.finished_at, NULL, noted.has_steps
  FROM axw.workflow_runs run
  JOIN axw.workflow_definitions definition ON definition.hash = run.definition_hash
  JOIN axw.workflow_journal e ON e.run_id = run.run_id,
  LATERAL (
    SELECT CASE WHEN e.type = 'restore_checkpoint' THEN axw.json_of(e.payload) -> 'followed' ELSE axw.json_of(e.payload) END AS payload
  ) n,
  LATERAL (
    SELECT path AS step_id, e.seq::numeric AS seq, 5 AS rank, 'skipped' AS status, NULL::double precision AS started_at,
           NULL::double precision AS finished_at, 0 AS has_steps
    FROM axw.texts_in(n.payload -> 'skipped') path
    UNION ALL
    SELECT path, e.seq, 6, 'open', e.at, NULL,
           (NOT EXISTS (SELECT 1 FROM axw.texts_in(n.payload -> 'leaves') leaf WHERE leaf = path))::integer
    FROM axw.texts_in(n.payload -> 'opened') path
    UNION ALL
    SELECT e.step_id, e.seq, 7, 'open', NULL, NULL, 0 WHERE e.type = 'step_answered'
    UNION ALL
    -- What an answer or a refused result made of the step that the event is about.
    SELECT e.step_id, e.seq + 0.25, 8,
           CASE WHEN n.payload ->> 'status' IN ('ready', 'waiting') THEN 'pending' ELSE n.payload ->> 'status' END, NULL, e.at, 0
    WHERE e.step_id IS NOT NULL AND n.payload -> 'status' IS NOT NULL
    UNION ALL
    -- The half: in one event a step may begin and end.
    SELECT path, e.seq + 0.5, 9, 'completed', NULL, e.at, 0 FROM axw.texts_in(n.payload -> 'completed') path
    UNION ALL
    SELECT path, e.seq + 0.5, 10, 'failed', NULL, e.at, 0 FROM axw.texts_in(n.payload -> 'failed') path
    UNION ALL
    SELECT path, e.seq + 0.5, 11, 'cancelled', NULL, e.at, 0 FROM axw.texts_in(n.payload -> 'cancelled') path
    UNION ALL
    SELECT path, e.seq + 0.5, 12, 'unknown', NULL, NULL, 0 FROM axw.texts_in(n.payload -> 'unknown') path
    UNION ALL
    -- What a change of results or of the definition leaves as it was has no note. The quarter: what follows from it comes after it.
    SELECT path, e.seq + 0.25, 13, 'pending', NULL, NULL, 0 FROM axw.texts_in(n.payload -> 'stale') path
    UNION ALL
    SELECT path, e.seq + 0.25, 14, 'dropped', NULL, NULL, 0 FROM axw.texts_in(n.payload -> 'dropped') path
    UNION ALL
    SELECT path, e.seq + 0.5, 15, 'completed', NULL, NULL, 0 FROM axw.texts_in(n.payload -> 'taken') path
    UNION ALL
    -- Never the last to be said of a step.
    SELECT path, 0, 16, 'pending', NULL, NULL, 1 FROM axw.texts_in(n.payload -> 'composites') path
  ) noted
  WHERE (axw.json_of(definition.definition) ->> 'language' IS NOT NULL
      OR EXISTS (SELECT 1 FROM axw.workflow_run_changes c WHERE c.run_id = run.run_id))
    AND e.type IN ('graph_built', 'step_completed', 'step_answered', 'step_failed', 'gate_answered', 'signal_received', 'steps_due',
                   'budget_changed', 'cancel_workflow', 'workflow_failed', 'restore_checkpoint', 'result_edited', 'steps_reopened',
                   'definition_changed')
    AND e.seq >= coalesce(
      (SELECT max(r.seq) FROM axw.workflow_journal r WHERE r.run_id = run.run_id AND r.type = 'restore_checkpoint'), 0)
),
ranked AS (
  SELECT run_id, step_id, status, error, row_number() OVER newest AS age,
         max(step_index) OVER step AS step_index, count(attempt_number) OVER step AS attempts,
         min(started_at) OVER step AS started_at, max(finished_at) OVER step AS finished_at,
         max(has_steps) OVER step AS has_steps
  FROM facts
  WINDOW step AS (PARTITION BY run_id, step_id), newest AS (PARTITION BY run_id, step_id ORDER BY seq DESC, rank)
)
SELECT
  ranked.run_id,
  ranked.step_id,
  -- A path begins with the id of the step of the definition that contains it.
  coalesce(
    ranked.step_index,
    CASE WHEN starts_with(ranked.step_id, ':always') THEN 1000001 WHEN starts_with(ranked.step_id, ':') THEN 1000000 END,
    (SELECT (place - 1)::integer
     FROM axw.workflow_definitions definition,
          json_array_elements(axw.json_of(definition.definition) -> 'steps') WITH ORDINALITY AS listed (step, place)
     WHERE definition.hash = coalesce(
         (SELECT later.definition_hash FROM axw.workflow_run_definitions later WHERE later.run_id = run.run_id ORDER BY later.seq DESC LIMIT 1),
         run.definition_hash)
       AND step ->> 'id' = substring(ranked.step_id FROM '^[^.[#:]*'))
  ) AS step_index,
  CASE WHEN run.status = 'cancelled' AND ranked.status IN ('pending', 'running', 'open', 'unknown') THEN 'cancelled' ELSE ranked.status END
    AS status,
  ranked.attempts::integer AS attempts,
  ranked.started_at,
  CASE WHEN ranked.status NOT IN ('pending', 'running', 'open', 'unknown') THEN ranked.finished_at END AS finished_at,
  ranked.error,
  ranked.has_steps
FROM ranked
JOIN axw.workflow_runs run ON run.run_id = ranked.run_id
WHERE ranked.age = 1 AND ranked.status <> 'dropped';

-- A run's counts. Steps with others inside, stops, and the steps that check another one are not counted.
CREATE VIEW axw.workflow_run_summary AS
WITH counts AS (
  SELECT run_id,
         (count(*) FILTER (WHERE has_steps = 0))::integer AS total_steps,
         (count(*) FILTER (WHERE has_steps = 0 AND status = 'completed'))::integer AS completed_steps,
         (count(*) FILTER (WHERE has_steps = 0 AND status = 'failed'))::integer AS failed_steps,
         (count(*) FILTER (WHERE has_steps = 0 AND status = 'running'))::integer AS running_steps,
         (count(*) FILTER (WHERE has_steps = 0 AND status = 'skipped'))::integer AS skipped_steps,
         sum(attempts)::integer AS attempts,
         sum(greatest(attempts - 1, 0))::integer AS retries
  FROM axw.workflow_run_steps
  WHERE step_id !~ ':check-[0-9]*$' AND step_id NOT LIKE '%:reconcile'
  GROUP BY run_id
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
  (SELECT count(*)::integer FROM axw.workflow_checkpoints c WHERE c.run_id = counts.run_id) AS checkpoints,
  run.error,
  run.created_at,
  run.finished_at,
  coalesce(run.finished_at, run.updated_at) - run.created_at AS duration_ms
FROM counts
JOIN axw.workflow_runs run ON run.run_id = counts.run_id
JOIN axw.workflow_definitions definition ON definition.hash = coalesce(
  (SELECT later.definition_hash FROM axw.workflow_run_definitions later WHERE later.run_id = run.run_id ORDER BY later.seq DESC LIMIT 1),
  run.definition_hash);
