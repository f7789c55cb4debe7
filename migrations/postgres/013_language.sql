-- 013: the language. Why a run paused itself and when it has something to do again, the step that started a run, and commands of any name.

ALTER TABLE axw.workflow_runs ADD COLUMN pause_reason text
  CHECK (pause_reason IS NULL OR pause_reason IN ('waiting', 'budget') AND state = 'paused');
ALTER TABLE axw.workflow_runs ADD COLUMN wake_at double precision CHECK (wake_at BETWEEN 0 AND 9e15);
ALTER TABLE axw.workflow_runs ADD COLUMN parent_step_id text
  CHECK (parent_step_id IS NULL OR parent_step_id <> '' AND parent_run_id IS NOT NULL);
CREATE INDEX workflow_runs_by_wake ON axw.workflow_runs (wake_at) WHERE wake_at IS NOT NULL;

ALTER TABLE axw.workflow_commands DROP CONSTRAINT workflow_commands_verb_check;
ALTER TABLE axw.workflow_commands ADD CONSTRAINT workflow_commands_verb_check CHECK (verb ~ '^[a-z][a-z_]*$');
