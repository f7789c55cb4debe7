ALTER TABLE axw.workflow_runs DROP COLUMN usd, DROP COLUMN tokens, DROP COLUMN attempts;
DROP TABLE axw.workflow_traces;
