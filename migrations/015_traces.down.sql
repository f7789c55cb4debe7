-- Removes what 015 added. Runs and results stay.
DROP TABLE workflow_traces;
ALTER TABLE workflow_runs DROP COLUMN attempts;
ALTER TABLE workflow_runs DROP COLUMN tokens;
ALTER TABLE workflow_runs DROP COLUMN usd;
