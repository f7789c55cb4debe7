-- 017: backends. Rows of runs that another system executes, kept here so that everything that reads a database can show them.

-- The backend that executes the run and writes its journal, such as 'restate'; the rows here are a copy. NULL: an engine of this
-- database executes it. Such a run has no owner here, and recovery and claims pass it by until an engine adopts it.
ALTER TABLE workflow_runs ADD COLUMN backend TEXT
  CHECK (backend <> '' AND (backend IS NULL OR owner_id IS NULL));
