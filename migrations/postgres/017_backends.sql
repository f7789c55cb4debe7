-- 017: backends. Rows of runs that another system executes, kept here so that everything that reads a database can show them.

-- The backend that executes the run and writes its journal; the rows here are a copy. NULL: an engine of this database executes it.
ALTER TABLE axw.workflow_runs ADD COLUMN backend text CHECK (backend <> '' AND (backend IS NULL OR owner_id IS NULL));

-- How an engine writes: one call, one transaction. Each argument is a list of rows, NULL for none; the caller sorts each of them, so that
-- engines lock rows in one order.
--
-- The answer to a call may be lost with its connection, and the call may even arrive after its repetition. So entries that are stored
-- already, with the same hash, are not stored twice, and nothing else of a turn whose entries are all stored is applied again.
-- `repeated` says that a previous call may have been applied.
--
-- A turn with a `backend` belongs to a copy of a run that another backend executes: it has no epoch, and is applied only if the copy is still
-- as its writer has read it.
--
-- The errors have the SQLSTATE AXW00; the message is the code, the detail what it concerns, as JSON.
CREATE FUNCTION axw.commit(
  caller_now double precision, repeated boolean, definitions json, new_runs json, notified json, artifacts json, turns json, entries json,
  changes json, checkpoints json, processes json, cached json, logs json, channel_text text
) RETURNS void LANGUAGE plpgsql AS $commit$
DECLARE
  clock_offset double precision := axw.now_ms() - caller_now;
  hashes text[];
  turn record;
  stored record;
  new_run record;
  is_applied boolean;
  applied text[] := '{}';
BEGIN
  IF definitions IS NOT NULL THEN
    hashes := ARRAY(SELECT d ->> 'hash' FROM json_array_elements(definitions) d);
    LOOP
      INSERT INTO axw.workflow_definitions (hash, workflow_id, name, version, format, source, definition, step_count, created_at, row_hash)
      SELECT d.hash, d.workflow_id, d.name, d.version, d.format, d.source, d.definition, d.step_count, d.created_at, decode(d.row_hash, 'hex')
      FROM json_to_recordset(definitions) AS d (hash text, workflow_id text, name text, version text, format text, source text,
        definition text, step_count integer, created_at double precision, row_hash text)
      ON CONFLICT (hash) DO NOTHING;
      -- Retention may be removing one of them: it is then stored again.
      PERFORM 1 FROM axw.workflow_definitions d WHERE d.hash = ANY (hashes) ORDER BY d.hash FOR KEY SHARE;
      EXIT WHEN NOT EXISTS (
        SELECT 1 FROM unnest(hashes) h WHERE NOT EXISTS (SELECT 1 FROM axw.workflow_definitions d WHERE d.hash = h));
    END LOOP;
  END IF;

  IF new_runs IS NOT NULL THEN
    FOR new_run IN
      SELECT * FROM json_to_recordset(new_runs) AS n (run_id text, workflow_id text, definition_hash text, inputs text, context text,
        created_at double precision, started_from text, parent_run_id text, parent_checkpoint_id text, parent_step_id text, backend text, owner_id text,
        owner_host text, owner_pid integer, owner_process_start text, owner_machine text, lease_until double precision, origin_hash text)
    LOOP
      INSERT INTO axw.workflow_runs (run_id, workflow_id, definition_hash, state, status, inputs, context, created_at, updated_at,
        started_from, parent_run_id, parent_checkpoint_id, parent_step_id, backend, owner_id, owner_host, owner_pid, owner_process_start,
        owner_machine, lease_until, lease_expires, origin_hash)
      VALUES (new_run.run_id, new_run.workflow_id, new_run.definition_hash, 'idle', 'running', new_run.inputs, new_run.context,
        new_run.created_at, new_run.created_at, new_run.started_from, new_run.parent_run_id, new_run.parent_checkpoint_id,
        new_run.parent_step_id, new_run.backend, new_run.owner_id, new_run.owner_host, new_run.owner_pid, new_run.owner_process_start,
        new_run.owner_machine, new_run.lease_until, new_run.lease_until + clock_offset, decode(new_run.origin_hash, 'hex'))
      ON CONFLICT (run_id) DO NOTHING;
      -- The hash covers the instant of the start: it is this run, which may even have been released since.
      IF NOT FOUND AND NOT (repeated AND EXISTS (
        SELECT 1 FROM axw.workflow_runs r WHERE r.run_id = new_run.run_id AND r.origin_hash = decode(new_run.origin_hash, 'hex')
          AND r.backend IS NOT DISTINCT FROM new_run.backend
          AND (r.owner_id IS NULL OR r.owner_id IS NOT DISTINCT FROM new_run.owner_id)))
      THEN
        RAISE EXCEPTION 'run_exists' USING ERRCODE = 'AXW00', DETAIL = json_build_object('runId', new_run.run_id);
      END IF;
    END LOOP;
  END IF;

  IF notified IS NOT NULL THEN
    INSERT INTO axw.workflow_notices (run_id, receiver, name, seq)
    SELECT n.run_id, n.receiver, n.name, n.seq
    FROM json_to_recordset(notified) AS n (run_id text, receiver text, name text, seq integer)
    ON CONFLICT (run_id, receiver) DO NOTHING;
  END IF;

  IF artifacts IS NOT NULL THEN
    INSERT INTO axw.workflow_artifacts AS kept (sha256, content)
    SELECT a.sha256, a.content FROM json_to_recordset(artifacts) AS a (sha256 text, content text)
    ON CONFLICT (sha256) DO UPDATE SET named_count = kept.named_count + 1;
  END IF;

  FOR turn IN
    SELECT * FROM json_to_recordset(turns) AS t (run_id text, epoch integer, first_seq integer, last_seq integer, last_at double precision,
      recovered boolean, restores text[], change json, backend text, seen_seq integer, seen_logs integer)
  LOOP
    SELECT r.owner_id, r.lease_epoch, r.journal_seq, r.state, r.backend INTO stored
    FROM axw.workflow_runs r WHERE r.run_id = turn.run_id FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      RAISE EXCEPTION 'run_not_found' USING ERRCODE = 'AXW00', DETAIL = json_build_object('runId', turn.run_id);
    END IF;
    IF turn.backend IS NOT NULL AND (
      stored.backend IS DISTINCT FROM turn.backend OR stored.journal_seq <> turn.seen_seq
      OR turn.seen_logs <> (SELECT count(*) FROM axw.workflow_step_logs l WHERE l.run_id = turn.run_id))
    THEN
      RAISE EXCEPTION 'copy_changed' USING ERRCODE = 'AXW00', DETAIL = json_build_object('runId', turn.run_id);
    END IF;
    -- The rows of the journal are chained: if the last one that both have is equal, all before it are.
    IF turn.first_seq <= stored.journal_seq THEN
      SELECT true INTO is_applied
      FROM json_to_recordset(entries) AS e (run_id text, seq integer, hash text)
      JOIN axw.workflow_journal j ON j.run_id = e.run_id AND j.seq = e.seq AND j.hash = decode(e.hash, 'hex')
      WHERE e.run_id = turn.run_id AND e.seq = least(turn.last_seq, stored.journal_seq);
      IF is_applied AND turn.last_seq <= stored.journal_seq THEN
        applied := applied || turn.run_id;
        CONTINUE;
      END IF;
    END IF;
    IF turn.backend IS NULL AND (stored.owner_id IS NULL OR stored.lease_epoch <> turn.epoch) THEN
      -- A release without entries that was applied already.
      CONTINUE WHEN repeated AND turn.first_seq IS NULL AND stored.owner_id IS NULL AND stored.lease_epoch = turn.epoch
        AND (turn.change ->> 'release')::boolean AND stored.state = turn.change ->> 'state';
      RAISE EXCEPTION 'lease_lost' USING ERRCODE = 'AXW00', DETAIL = json_build_object('runId', turn.run_id,
        'epoch', CASE WHEN stored.owner_id IS NULL THEN -stored.lease_epoch ELSE stored.lease_epoch END, 'ownEpoch', turn.epoch);
    END IF;
    IF turn.first_seq > stored.journal_seq + 1 OR turn.first_seq <= stored.journal_seq AND is_applied IS NOT TRUE THEN
      RAISE EXCEPTION 'broken_order' USING ERRCODE = 'AXW00',
        DETAIL = json_build_object('runId', turn.run_id, 'seq', turn.first_seq, 'last', stored.journal_seq);
    END IF;
    IF turn.restores IS NOT NULL AND EXISTS (SELECT 1 FROM unnest(turn.restores) c WHERE NOT EXISTS (
      SELECT 1 FROM axw.workflow_checkpoints k WHERE k.checkpoint_id = c AND k.run_id = turn.run_id
      UNION ALL
      SELECT 1 FROM json_to_recordset(checkpoints) AS k (checkpoint_id text, run_id text)
      WHERE k.checkpoint_id = c AND k.run_id = turn.run_id))
    THEN
      RAISE EXCEPTION 'checkpoint_not_found' USING ERRCODE = 'AXW00',
        DETAIL = json_build_object('runId', turn.run_id, 'checkpointIds', to_json(turn.restores));
    END IF;
    IF turn.change IS NULL THEN
      UPDATE axw.workflow_runs r SET
        journal_seq = coalesce(turn.last_seq, r.journal_seq), updated_at = coalesce(turn.last_at, r.updated_at),
        failed_recoveries = CASE WHEN turn.recovered THEN 0 ELSE r.failed_recoveries END
      WHERE r.run_id = turn.run_id AND (turn.last_seq IS NOT NULL OR turn.recovered);
    ELSE
      UPDATE axw.workflow_runs r SET
        state = c.state, status = c.status, updated_at = c.updated_at, error = c.error, error_code = c.error_code,
        finished_at = c.finished_at, pause_reason = c.pause_reason, wake_at = c.wake_at,
        journal_seq = coalesce(turn.last_seq, r.journal_seq),
        failed_recoveries = CASE WHEN turn.recovered THEN 0 ELSE r.failed_recoveries END
      FROM json_to_record(turn.change) AS c (state text, status text, updated_at double precision, error text, error_code text,
        finished_at double precision, pause_reason text, wake_at double precision)
      WHERE r.run_id = turn.run_id;
      IF (turn.change ->> 'release')::boolean THEN
        UPDATE axw.workflow_runs r SET
          attempts = (turn.change ->> 'attempts')::integer, tokens = (turn.change ->> 'tokens')::double precision,
          usd = (turn.change ->> 'usd')::double precision, owner_id = NULL, owner_host = NULL, owner_pid = NULL,
          owner_process_start = NULL, owner_machine = NULL, lease_until = NULL, lease_expires = NULL
        WHERE r.run_id = turn.run_id;
      END IF;
    END IF;
  END LOOP;

  IF entries IS NOT NULL THEN
    INSERT INTO axw.workflow_journal (run_id, seq, type, at, step_id, attempt_number, payload, lease_epoch, hash)
    SELECT e.run_id, e.seq, e.type, e.at, e.step_id, e.attempt_number, e.payload, e.lease_epoch, decode(e.hash, 'hex')
    FROM json_to_recordset(entries) AS e (run_id text, seq integer, type text, at double precision, step_id text, attempt_number integer,
      payload text, lease_epoch integer, hash text)
    WHERE e.run_id <> ALL (applied)
    ON CONFLICT (run_id, seq) DO NOTHING;
  END IF;

  IF changes IS NOT NULL THEN
    INSERT INTO axw.workflow_run_changes (run_id, seq)
    SELECT c.run_id, c.seq FROM json_to_recordset(changes) AS c (run_id text, seq integer)
    WHERE c.run_id <> ALL (applied) ON CONFLICT DO NOTHING;
    INSERT INTO axw.workflow_run_definitions (run_id, seq, definition_hash)
    SELECT c.run_id, c.seq, c.definition_hash FROM json_to_recordset(changes) AS c (run_id text, seq integer, definition_hash text)
    WHERE c.definition_hash IS NOT NULL AND c.run_id <> ALL (applied) ON CONFLICT DO NOTHING;
  END IF;

  IF checkpoints IS NOT NULL THEN
    INSERT INTO axw.workflow_checkpoints (checkpoint_id, run_id, seq, kind, name, created_at, parent_checkpoint_id, completed_count, payload,
      sha256)
    SELECT k.checkpoint_id, k.run_id, k.seq, k.kind, k.name, k.created_at, k.parent_checkpoint_id, k.completed_count, k.payload, k.sha256
    FROM json_to_recordset(checkpoints) AS k (checkpoint_id text, run_id text, seq integer, kind text, name text,
      created_at double precision, parent_checkpoint_id text, completed_count integer, payload text, sha256 text)
    WHERE k.run_id <> ALL (applied)
      AND NOT (repeated AND EXISTS (
        SELECT 1 FROM axw.workflow_checkpoints s WHERE s.checkpoint_id = k.checkpoint_id AND s.run_id = k.run_id AND s.seq = k.seq));
  END IF;

  IF processes IS NOT NULL THEN
    INSERT INTO axw.workflow_agent_processes (run_id, step_id, attempt_number, host, pid, process_start, owner_id, machine, token,
      database_id)
    SELECT p.run_id, p.step_id, p.attempt_number, p.host, p.pid, p.process_start, p.owner_id, p.machine, p.token, p.database_id
    FROM json_to_recordset(processes) AS p (run_id text, step_id text, attempt_number integer, host text, pid integer, process_start text,
      owner_id text, machine text, token text, database_id text)
    WHERE p.run_id <> ALL (applied)
    ON CONFLICT (run_id, step_id, attempt_number, pid) DO UPDATE SET host = excluded.host, process_start = excluded.process_start,
      owner_id = excluded.owner_id, machine = excluded.machine, token = excluded.token, database_id = excluded.database_id;
  END IF;

  IF cached IS NOT NULL THEN
    INSERT INTO axw.workflow_result_cache (key, run_id, seq, at)
    SELECT c.key, c.run_id, c.seq, c.at
    FROM json_to_recordset(cached) AS c (key text, run_id text, seq integer, at double precision)
    WHERE c.run_id <> ALL (applied)
    ON CONFLICT (key) DO UPDATE SET run_id = excluded.run_id, seq = excluded.seq, at = excluded.at;
  END IF;

  -- Chunks of runs that do not exist are dropped.
  IF logs IS NOT NULL THEN
    INSERT INTO axw.workflow_step_logs (run_id, step_id, attempt_number, stream, at, text)
    SELECT l.run_id, l.step_id, l.attempt_number, l.stream, l.at, l.text
    FROM json_to_recordset(logs) AS l (run_id text, step_id text, attempt_number integer, stream text, at double precision, text text)
    WHERE EXISTS (SELECT 1 FROM axw.workflow_runs r WHERE r.run_id = l.run_id)
      AND NOT (repeated AND EXISTS (
        SELECT 1 FROM axw.workflow_step_logs s WHERE s.run_id = l.run_id AND s.step_id = l.step_id
          AND s.attempt_number = l.attempt_number AND s.stream = l.stream AND s.at = l.at AND s.text = l.text));
  END IF;

  IF channel_text IS NOT NULL THEN
    PERFORM pg_notify('axw', channel_text);
  END IF;
END
$commit$;
