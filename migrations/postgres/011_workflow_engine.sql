-- 011: the workflow engine, in a schema of its own, so that tables of other programs are not touched.
-- The tables have the names and the columns of the SQLite file. Instants are milliseconds since the epoch, as double precision.
-- PostgreSQL stores neither NUL characters nor lone surrogates in text: the client writes them as an escape (decision 117).

CREATE SCHEMA axw;

-- The clock by which leases expire, in ms since the epoch.
CREATE FUNCTION axw.now_ms() RETURNS double precision LANGUAGE sql VOLATILE AS $$
  SELECT extract(epoch FROM clock_timestamp())::double precision * 1000
$$;

-- `format` is that of the content of the rows: a version that does not know it must not write here.
CREATE TABLE axw.workflow_migrations (
  number      integer PRIMARY KEY CHECK (number >= 11),
  name        text NOT NULL UNIQUE CHECK (name <> ''),
  sha256      text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  format      integer NOT NULL CHECK (format >= 1),
  applied_at  double precision NOT NULL CHECK (applied_at BETWEEN 0 AND 9e15)
);

-- A definition as someone wrote it, and as the engine reads it.
CREATE TABLE axw.workflow_definitions (
  hash         text PRIMARY KEY CHECK (hash ~ '^[0-9a-f]{64}$'),
  workflow_id  text NOT NULL CHECK (workflow_id <> ''),
  name         text NOT NULL,
  version      text NOT NULL,
  format       text NOT NULL CHECK (format IN ('yaml', 'json')),
  source       text NOT NULL,
  definition   text NOT NULL CHECK (json_typeof(definition::json) = 'object'),
  step_count   integer NOT NULL CHECK (step_count >= 1),
  created_at   double precision NOT NULL CHECK (created_at BETWEEN 0 AND 9e15),
  -- sha-256 over the columns above.
  row_hash     bytea NOT NULL CHECK (length(row_hash) = 32)
);

-- One row per run. It is written with every commit, and PostgreSQL prepares each CHECK again for each statement, so there are few: a reader
-- checks every row (decision 118). `lease_until` is the instant that the owner gave, by its own clock; `lease_expires` is the same instant by the clock of
-- this database, which decides. The room in each page lets PostgreSQL rewrite a row in the same page, without touching the indices.
CREATE TABLE axw.workflow_runs (
  run_number            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id                text COLLATE "C" NOT NULL UNIQUE,
  workflow_id           text NOT NULL,
  definition_hash       text NOT NULL REFERENCES axw.workflow_definitions (hash),
  state                 text NOT NULL,
  status                text NOT NULL,
  inputs                text NOT NULL,
  context               text NOT NULL,
  error                 text,
  error_code            text,
  created_at            double precision NOT NULL,
  updated_at            double precision NOT NULL,
  finished_at           double precision,
  parent_run_id         text COLLATE "C" REFERENCES axw.workflow_runs (run_id),
  -- No foreign key: a run that was forked from a checkpoint outlives it.
  parent_checkpoint_id  text,
  owner_id              text,
  owner_host            text,
  owner_pid             integer,
  owner_process_start   text,
  lease_until           double precision,
  lease_expires         double precision,
  lease_epoch           integer NOT NULL DEFAULT 1,
  origin_hash           bytea NOT NULL,
  -- The last entry of the journal: a chain alone does not show that its end is missing.
  journal_seq           integer NOT NULL DEFAULT 0,
  failed_recoveries     integer NOT NULL DEFAULT 0,
  recovery_error        text,
  CHECK ((finished_at IS NOT NULL) = (status IN ('completed', 'failed', 'cancelled'))),
  CHECK (num_nulls(owner_id, owner_host, owner_pid, owner_process_start, lease_until, lease_expires) IN (0, 6))
) WITH (fillfactor = 70);

CREATE INDEX workflow_runs_by_age ON axw.workflow_runs (created_at, run_id);
CREATE INDEX workflow_runs_by_status ON axw.workflow_runs (status, created_at, run_id);
CREATE INDEX workflow_runs_held ON axw.workflow_runs (owner_id) WHERE owner_id IS NOT NULL;
CREATE INDEX workflow_runs_by_definition ON axw.workflow_runs (definition_hash);
CREATE INDEX workflow_runs_forks ON axw.workflow_runs (parent_run_id) WHERE parent_run_id IS NOT NULL;

-- The journal: every accepted event of a run, in order, without gaps. `hash` chains each row to the one before it, the first one to
-- `workflow_runs.origin_hash`. A row is never changed. Instead of a foreign key, which would be checked for each row: an engine writes it
-- only while it has the run's row locked.
CREATE TABLE axw.workflow_journal (
  run_id          text COLLATE "C" NOT NULL,
  seq             integer NOT NULL,
  type            text NOT NULL,
  at              double precision NOT NULL,
  step_id         text,
  attempt_number  integer,
  payload         text NOT NULL,
  lease_epoch     integer NOT NULL,
  hash            bytea NOT NULL,
  PRIMARY KEY (run_id, seq),
  CHECK ((step_id IS NULL) = (attempt_number IS NULL))
);

CREATE FUNCTION axw.remove_journal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM axw.workflow_journal WHERE run_id = OLD.run_id;
  RETURN OLD;
END
$$;
CREATE TRIGGER workflow_runs_delete_journal BEFORE DELETE ON axw.workflow_runs FOR EACH ROW EXECUTE FUNCTION axw.remove_journal();

-- The name under which the SQLite file shows the journal.
CREATE VIEW axw.workflow_events AS
SELECT run_id, seq, type, at, step_id, attempt_number, payload, lease_epoch, hash FROM axw.workflow_journal;

-- A run's state at a position in its journal. `payload` is the difference from the parent checkpoint, or the whole state.
CREATE TABLE axw.workflow_checkpoints (
  checkpoint_id         text PRIMARY KEY CHECK (checkpoint_id <> ''),
  run_id                text COLLATE "C" NOT NULL REFERENCES axw.workflow_runs (run_id) ON DELETE CASCADE,
  seq                   integer NOT NULL CHECK (seq >= 1),
  kind                  text NOT NULL CHECK (kind IN ('automatic', 'manual', 'step')),
  name                  text CHECK (name <> ''),
  created_at            double precision NOT NULL CHECK (created_at BETWEEN 0 AND 9e15),
  -- Deferred: a parent and what builds on it may come in one transaction, in any order.
  parent_checkpoint_id  text REFERENCES axw.workflow_checkpoints (checkpoint_id) DEFERRABLE INITIALLY DEFERRED
                          CHECK (parent_checkpoint_id <> checkpoint_id),
  completed_count       integer NOT NULL CHECK (completed_count >= 0),
  payload               text NOT NULL CHECK (payload::json IS NOT NULL),
  sha256                text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
CREATE INDEX workflow_checkpoints_by_run ON axw.workflow_checkpoints (run_id, seq);
CREATE INDEX workflow_checkpoints_by_parent ON axw.workflow_checkpoints (parent_checkpoint_id) WHERE parent_checkpoint_id IS NOT NULL;

-- Results too large for a journal row, once each, by the hash of their content.
CREATE TABLE axw.workflow_artifacts (
  sha256       text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  content      text NOT NULL,
  -- How often this content was stored: an increase shows that a journal came to name it again.
  named_count  integer NOT NULL DEFAULT 1 CHECK (named_count >= 1)
);

-- What other processes ask of a run's owner, and its answers.
CREATE TABLE axw.workflow_commands (
  command_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id       text COLLATE "C" NOT NULL REFERENCES axw.workflow_runs (run_id) ON DELETE CASCADE,
  verb         text NOT NULL CHECK (verb IN ('pause', 'cancel', 'resume', 'checkpoint')),
  argument     text NOT NULL CHECK (argument::json IS NOT NULL),
  sent_at      double precision NOT NULL CHECK (sent_at BETWEEN 0 AND 9e15),
  answer       text,
  answered_at  double precision CHECK (answered_at BETWEEN 0 AND 9e15),
  CHECK ((answer IS NULL) = (answered_at IS NULL))
);
CREATE INDEX workflow_commands_open ON axw.workflow_commands (run_id) WHERE answer IS NULL;
CREATE INDEX workflow_commands_by_run ON axw.workflow_commands (run_id);

-- The process groups in which agents work.
CREATE TABLE axw.workflow_agent_processes (
  run_id          text COLLATE "C" NOT NULL REFERENCES axw.workflow_runs (run_id) ON DELETE CASCADE,
  step_id         text NOT NULL CHECK (step_id <> ''),
  attempt_number  integer NOT NULL CHECK (attempt_number >= 1),
  host            text NOT NULL CHECK (host <> ''),
  pid             integer NOT NULL CHECK (pid >= 1),
  process_start   text NOT NULL,
  PRIMARY KEY (run_id, step_id, attempt_number, pid)
);

-- What agents wrote while they worked. For people; nothing follows from it.
CREATE TABLE axw.workflow_step_logs (
  log_id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run_id          text COLLATE "C" NOT NULL REFERENCES axw.workflow_runs (run_id) ON DELETE CASCADE,
  step_id         text NOT NULL,
  attempt_number  integer NOT NULL,
  stream          text NOT NULL,
  at              double precision NOT NULL,
  text            text NOT NULL
);
CREATE INDEX workflow_step_logs_by_run ON axw.workflow_step_logs (run_id, log_id);
CREATE INDEX workflow_step_logs_by_step ON axw.workflow_step_logs (run_id, step_id, log_id);
