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
