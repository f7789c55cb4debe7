-- 015: telemetry. How far each run was exported as a trace, so that a process that takes a run over sends what is missing and nothing
-- twice, and what each run has used, so that the figures of a database can be read without its journals.

-- `seq` is the last journal entry whose spans have been exported. `is_pending`: there may be later ones.
CREATE TABLE workflow_traces (
  run_id      TEXT PRIMARY KEY REFERENCES workflow_runs (run_id) ON DELETE CASCADE,
  seq         INTEGER NOT NULL CHECK (seq >= 0),
  is_pending  INTEGER NOT NULL CHECK (is_pending IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX workflow_traces_pending ON workflow_traces (run_id) WHERE is_pending = 1;

-- Written when a run comes to rest. NULL: not known, as for runs that rested before this migration; no attempt has said what it used.
ALTER TABLE workflow_runs ADD COLUMN attempts INTEGER CHECK (attempts >= 0);
ALTER TABLE workflow_runs ADD COLUMN tokens REAL CHECK (tokens BETWEEN 0 AND 9e15);
ALTER TABLE workflow_runs ADD COLUMN usd REAL CHECK (usd BETWEEN 0 AND 9e15);
