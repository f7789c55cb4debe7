-- 015: telemetry. How far each run was exported as a trace, and what each run has used.

-- `seq` is the last journal entry whose spans have been exported. `is_pending`: there may be later ones.
CREATE TABLE axw.workflow_traces (
  run_id      text COLLATE "C" PRIMARY KEY REFERENCES axw.workflow_runs (run_id) ON DELETE CASCADE,
  seq         integer NOT NULL CHECK (seq >= 0),
  is_pending  boolean NOT NULL
);
CREATE INDEX workflow_traces_pending ON axw.workflow_traces (run_id) WHERE is_pending;

-- Written when a run comes to rest. NULL: not known.
ALTER TABLE axw.workflow_runs ADD COLUMN attempts integer;
ALTER TABLE axw.workflow_runs ADD COLUMN tokens double precision;
ALTER TABLE axw.workflow_runs ADD COLUMN usd double precision;
