DELETE FROM axw.workflow_commands WHERE verb NOT IN ('pause', 'cancel', 'resume', 'checkpoint');
ALTER TABLE axw.workflow_commands DROP CONSTRAINT workflow_commands_verb_check;
ALTER TABLE axw.workflow_commands ADD CONSTRAINT workflow_commands_verb_check CHECK (verb IN ('pause', 'cancel', 'resume', 'checkpoint'));
ALTER TABLE axw.workflow_runs DROP COLUMN parent_step_id, DROP COLUMN wake_at, DROP COLUMN pause_reason;
