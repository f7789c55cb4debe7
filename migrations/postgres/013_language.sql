-- 013: the language. Why a run paused itself and when it has something to do again, the step that started a run, and commands of any name.

ALTER TABLE axw.workflow_runs ADD COLUMN pause_reason text;
ALTER TABLE axw.workflow_runs ADD COLUMN wake_at double precision;
ALTER TABLE axw.workflow_runs ADD COLUMN parent_step_id text;
CREATE INDEX workflow_runs_by_wake ON axw.workflow_runs (wake_at) WHERE wake_at IS NOT NULL;

ALTER TABLE axw.workflow_commands DROP CONSTRAINT workflow_commands_verb_check;
ALTER TABLE axw.workflow_commands ADD CONSTRAINT workflow_commands_verb_check CHECK (verb ~ '^[a-z][a-z_]*$');
